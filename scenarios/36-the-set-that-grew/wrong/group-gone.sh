# The group's assignment was deleted instead of Robin's.
#@ solution
#@ but --principal-type USER --principal-id @user:robin -> --principal-type GROUP --principal-id @group:Bakers
