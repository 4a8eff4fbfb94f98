# The policy that Mina wrote is still there.
#@ solution
#@ but not delete-group-policy
