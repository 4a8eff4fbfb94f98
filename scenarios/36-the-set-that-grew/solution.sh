aws sso-admin put-inline-policy-to-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --inline-policy file://policies/recipes.json
aws sso-admin detach-managed-policy-from-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess
aws sso-admin provision-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-type ALL_PROVISIONED_ACCOUNTS
aws sso-admin delete-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type USER --principal-id @user:robin
