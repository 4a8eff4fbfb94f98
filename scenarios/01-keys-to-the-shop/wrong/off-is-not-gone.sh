# The key is deactivated. Who would activate it again?
aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile owner.png --bootstrap-method QRCodePNG
console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --authentication-code1 @phone --authentication-code2 @phone+1
aws iam update-access-key --access-key-id @key --status Inactive
