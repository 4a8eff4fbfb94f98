# AWS's policy is gone, and nothing came in its place.
#@ solution
#@ but not put-inline-policy
