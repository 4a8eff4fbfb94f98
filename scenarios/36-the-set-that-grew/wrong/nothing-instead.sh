# AWS's policy is detached, and no other policy replaces it.
#@ solution
#@ but not put-inline-policy
