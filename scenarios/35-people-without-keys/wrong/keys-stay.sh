# The new way in works, and the old keys still work beside it.
#@ solution
#@ but not aws iam
