# The role in the account is right. The permission set now has every bucket, so the next provisioning opens them.
#@ solution
aws sso-admin attach-managed-policy-to-permission-set --instance-arn @instance --permission-set-arn @permission-set:Receipts --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
