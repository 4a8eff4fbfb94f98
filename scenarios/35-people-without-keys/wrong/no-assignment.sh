# The permission set exists, and nobody has it.
#@ solution
#@ but not create-account-assignment
