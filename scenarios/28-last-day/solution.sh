# Her credentials
aws iam delete-login-profile --user-name casey
aws iam delete-access-key --user-name casey --access-key-id @key:2
aws iam delete-access-key --user-name casey --access-key-id @key
aws iam deactivate-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey
#@ optional: a device that is nobody's shows codes to nobody
aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::111122223333:mfa/casey
# Her policies and groups
aws iam delete-user-policy --user-name casey --policy-name stock-take
aws iam remove-user-from-group --group-name Cashiers --user-name casey
aws iam remove-user-from-group --group-name Openers --user-name casey
# The policies that name her
aws iam update-assume-role-policy --role-name Cashier --policy-document file://policies/trust-bo.json
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/recipes-mina.json
# Delete her user
aws iam delete-user --user-name casey
