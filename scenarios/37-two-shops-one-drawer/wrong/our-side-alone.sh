# The harbour's account doesn't allow the call yet.
#@ solution
#@ but not put-role-policy
