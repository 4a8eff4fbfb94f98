#@ solution
#@ but not delete-user-policy
