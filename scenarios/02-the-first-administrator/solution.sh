# As root: create the group, the administrator and her password
aws iam create-group --group-name Admins
aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam create-user --user-name ada
aws iam add-user-to-group --group-name Admins --user-name ada
aws iam create-login-profile --user-name ada --password 'Latte-art-at-7'

# As Ada: enrol her own phone, then create the users
console sign-in --user-name ada --password 'Latte-art-at-7'
aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile ada.png --bootstrap-method QRCodePNG --profile ada@console
aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada --authentication-code1 @phone --authentication-code2 @phone+1 --profile ada@console
aws iam create-user --user-name casey --profile ada@console
aws iam create-user --user-name robin --profile ada@console
