# Robin isn't in the group, but she has the permission set by name.
#@ solution
#@ but not delete-account-assignment
