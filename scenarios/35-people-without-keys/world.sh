# Casey and Sam read receipts with the access keys of their IAM users
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name sam
aws iam add-user-to-group --group-name Cashiers --user-name sam
aws iam create-access-key --user-name sam
# Ada enables IAM Identity Center for the organization, and adds Casey
aws organizations create-organization
console sign-in --user-name ada --password 'Latte-art-at-7' --mfa-code @phone
console enable-identity-center --profile ada@console
aws identitystore create-user --identity-store-id @identity-store --user-name casey --display-name Casey --name GivenName=Casey,FamilyName=Miles
aws identitystore create-group --identity-store-id @identity-store --display-name Cashiers
aws identitystore create-group-membership --identity-store-id @identity-store --group-id @group:Cashiers --member-id UserId=@user:casey
