# Root has an MFA device now, so every request needs a code: that is the mistake.
aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile owner.png --bootstrap-method QRCodePNG
console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --authentication-code1 @phone --authentication-code2 @phone+1
