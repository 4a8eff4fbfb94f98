# The new policy is there, and so are the old ones
#@ solution
#@ but not delete-group-policy
