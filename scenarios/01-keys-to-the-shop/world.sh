# The account is a day old. Nobody has a badge but the owner, who signs in by password alone.
aws iam deactivate-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada
aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::111122223333:mfa/ada
aws iam delete-login-profile --user-name ada
aws iam remove-user-from-group --group-name Admins --user-name ada
aws iam delete-user --user-name ada
aws iam detach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam delete-group --group-name Admins

# The key that somebody put on the office laptop, and used
aws iam create-access-key
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile root
