# Two keys for Casey, in case one is lost.
#@ solution
aws iam create-access-key --user-name casey
