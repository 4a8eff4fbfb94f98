aws iam create-user --user-name casey
aws iam create-user --user-name sam
aws iam create-login-profile --user-name casey --password Flat-white-2
aws iam create-login-profile --user-name sam --password Steam-wand-4
aws iam create-group --group-name Staff
aws iam put-group-policy --group-name Staff --policy-name receipts --policy-document file://policies/receipts.json
aws iam put-group-policy --group-name Staff --policy-name SelfService --policy-document file://policies/self-service.json
aws iam add-user-to-group --group-name Staff --user-name casey
aws iam add-user-to-group --group-name Staff --user-name sam
aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile casey.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey --authentication-code1 @phone --authentication-code2 @phone+1
# Sam, without a code
#@ at 2026-03-01T08:40:00Z
console sign-in --user-name sam --password Steam-wand-4
# A script with Casey's access key
#@ at 2026-03-01T09:00:00Z
aws iam create-access-key --user-name casey
#@ at 2026-03-01T21:10:00Z
aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json 0412.json --profile casey
#@ at 2026-03-02T07:30:00Z
aws iam delete-access-key --user-name casey --access-key-id @key
