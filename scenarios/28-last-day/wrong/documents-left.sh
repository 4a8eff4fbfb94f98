#@ solution
#@ but not update-assume-role-policy
#@ but not put-bucket-policy
