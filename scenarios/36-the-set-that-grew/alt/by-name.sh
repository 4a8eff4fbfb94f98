# The account has the policy, and the permission set names it. It is provisioned in this account alone.
aws iam create-policy --policy-name Recipes --policy-document file://policies/recipes.json
aws sso-admin attach-customer-managed-policy-reference-to-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --customer-managed-policy-reference Name=Recipes
aws sso-admin detach-managed-policy-from-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess
aws sso-admin provision-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-type AWS_ACCOUNT --target-id 111122223333
aws sso-admin delete-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type USER --principal-id @user:robin
