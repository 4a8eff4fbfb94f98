# S3 stores the next public policy without a warning.
#@ solution
#@ but not put-public-access-block
