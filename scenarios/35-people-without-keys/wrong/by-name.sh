# Casey and Sam have the permission set by name. Anyone who joins the cashiers tomorrow has nothing
aws identitystore create-user --identity-store-id @identity-store --user-name sam --display-name Sam --name GivenName=Sam,FamilyName=Reyes
aws identitystore create-group-membership --identity-store-id @identity-store --group-id @group:Cashiers --member-id UserId=@user:sam
aws sso-admin create-permission-set --instance-arn @instance --name Receipts
aws sso-admin put-inline-policy-to-permission-set --instance-arn @instance --permission-set-arn @permission-set:Receipts --inline-policy file://policies/receipts.json
aws sso-admin create-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Receipts --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type USER --principal-id @user:casey
aws sso-admin create-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Receipts --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type USER --principal-id @user:sam
aws iam delete-access-key --user-name casey --access-key-id @key
aws iam remove-user-from-group --user-name casey --group-name Cashiers
aws iam delete-user --user-name casey
aws iam delete-access-key --user-name sam --access-key-id @key
aws iam remove-user-from-group --user-name sam --group-name Cashiers
aws iam delete-user --user-name sam
