# The policy is gone, and its writer can write another.
#@ solution
#@ but not remove-user-from-group
