# The assignment of the group went, not Robin's.
#@ solution
#@ but --principal-type USER --principal-id @user:robin -> --principal-type GROUP --principal-id @group:Bakers
