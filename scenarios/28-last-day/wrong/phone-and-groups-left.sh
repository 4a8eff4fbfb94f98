#@ solution
#@ but not mfa
#@ but not remove-user-from-group
