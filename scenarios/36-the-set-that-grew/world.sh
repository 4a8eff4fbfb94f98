# Ada enables IAM Identity Center: Noor and Lee bake, and Robin did
aws organizations create-organization
console sign-in --user-name ada --password 'Latte-art-at-7' --mfa-code @phone
console enable-identity-center --profile ada@console
aws identitystore create-user --identity-store-id @identity-store --user-name noor --display-name Noor --name GivenName=Noor,FamilyName=Haddad
aws identitystore create-user --identity-store-id @identity-store --user-name lee --display-name Lee --name GivenName=Lee,FamilyName=Park
aws identitystore create-user --identity-store-id @identity-store --user-name robin --display-name Robin --name GivenName=Robin,FamilyName=Moss
aws identitystore create-group --identity-store-id @identity-store --display-name Bakers
aws identitystore create-group-membership --identity-store-id @identity-store --group-id @group:Bakers --member-id UserId=@user:noor
aws identitystore create-group-membership --identity-store-id @identity-store --group-id @group:Bakers --member-id UserId=@user:lee
# One night, someone attached AWS's policy for all of S3
aws sso-admin create-permission-set --instance-arn @instance --name Bakery --description 'Recipes of the bakery'
aws sso-admin attach-managed-policy-to-permission-set --instance-arn @instance --permission-set-arn @permission-set:Bakery --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess
aws sso-admin create-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type GROUP --principal-id @group:Bakers
aws sso-admin create-account-assignment --instance-arn @instance --permission-set-arn @permission-set:Bakery --target-id 111122223333 --target-type AWS_ACCOUNT --principal-type USER --principal-id @user:robin
