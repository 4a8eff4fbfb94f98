# The role's own account allows it, but the bucket policy doesn't.
#@ solution
#@ but not put-bucket-policy
