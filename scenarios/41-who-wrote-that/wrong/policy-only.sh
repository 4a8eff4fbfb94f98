# The policy is gone, but its writer can write another.
#@ solution
#@ but not remove-user-from-group
