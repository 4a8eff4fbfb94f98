# Give root an MFA device: a phone that shows codes
aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile owner.png --bootstrap-method QRCodePNG
console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --authentication-code1 @phone --authentication-code2 @phone+1

# Delete the key that the laptop uses
aws iam delete-access-key --access-key-id @key
