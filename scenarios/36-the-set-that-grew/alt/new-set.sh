# A new permission set for the group, and the old one goes with its assignments.
aws sso-admin create-permission-set --instance-arn @instance --name Recipes
aws sso-admin put-inline-policy-to-permission-set --instance-arn @instance --permission-set-arn @permission-set:Recipes --inline-policy file://policies/recipes.json
aws sso-admin create-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Recipes --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type GROUP --principal-id @group:Bakers
aws sso-admin delete-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type USER --principal-id @user:robin
aws sso-admin delete-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type GROUP --principal-id @group:Bakers
#@ optional: nobody has it any more
aws sso-admin delete-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery
