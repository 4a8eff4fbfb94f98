# The role in the account is right. The permission set has every bucket again, so the next provisioning opens them.
#@ solution
aws sso-admin attach-managed-policy-to-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess
