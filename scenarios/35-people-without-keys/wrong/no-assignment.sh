# The permission set exists, but no one has it.
#@ solution
#@ but not create-account-assignment
