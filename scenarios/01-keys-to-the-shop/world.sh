# The account is new. It has no IAM users, and root signs in with only a password.
aws iam deactivate-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada
aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::111122223333:mfa/ada
aws iam delete-login-profile --user-name ada
aws iam remove-user-from-group --group-name Admins --user-name ada
aws iam delete-user --user-name ada
aws iam detach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam delete-group --group-name Admins

# The key that someone put on the office laptop, and used
aws iam create-access-key
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile root
