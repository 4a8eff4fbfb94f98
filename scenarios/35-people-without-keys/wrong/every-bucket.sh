# AWS's policy for reading S3 covers every bucket, even payroll.
#@ solution
#@ but put-inline-policy-to-permission-set -> attach-managed-policy-to-permission-set
#@ but --inline-policy file://policies/receipts.json -> --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
