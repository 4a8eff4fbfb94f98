aws iam create-virtual-mfa-device --virtual-mfa-device-name casey-spare --outfile spare.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey-spare --authentication-code1 @phone --authentication-code2 @phone+1
