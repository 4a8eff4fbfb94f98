# The account has no IAM users yet. Root signs in with a password and a code.
aws iam deactivate-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada
aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::111122223333:mfa/ada
aws iam delete-login-profile --user-name ada
aws iam remove-user-from-group --group-name Admins --user-name ada
aws iam delete-user --user-name ada
aws iam detach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam delete-group --group-name Admins
console sign-in --root-email owner@coffeeshop.example --password House-blend-1
aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile owner.png --bootstrap-method QRCodePNG --profile root@console
console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --authentication-code1 @phone --authentication-code2 @phone+1 --profile root@console
# The machine takes orders with root's access key. Its settings contain the id that the next line creates.
aws iam create-access-key --profile root@console
aws lambda update-function-configuration --function-name espresso-api --environment 'Variables={AWS_ACCESS_KEY_ID=AKIAXEG2MHNTIO4T7T5R}' --profile root@console
console sign-out --profile root@console
