# The role may ask, and the bucket doesn't answer.
#@ solution
#@ but not put-bucket-policy
