# The permission set is right. Its role in the account still has what it had.
#@ solution
#@ but not provision-permission-set
