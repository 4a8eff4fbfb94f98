aws iam create-user --user-name mina
aws iam create-login-profile --user-name mina --password Ristretto-6
aws iam create-access-key --user-name mina
aws iam create-group --group-name Managers
aws iam put-group-policy --group-name Managers --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name Managers --user-name mina
aws iam create-virtual-mfa-device --virtual-mfa-device-name mina --outfile mina.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name mina --serial-number arn:aws:iam::111122223333:mfa/mina --authentication-code1 @phone --authentication-code2 @phone+1
# Mina, with a code
#@ at 2026-03-01T18:00:00Z
console sign-in --user-name mina --password Ristretto-6 --mfa-code @phone
