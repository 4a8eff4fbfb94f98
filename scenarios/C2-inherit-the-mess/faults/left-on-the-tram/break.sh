#@ at 2026-03-02T06:30:00Z
aws iam create-login-profile --user-name bo --password 'Flat-white-2'
aws iam create-virtual-mfa-device --virtual-mfa-device-name bo --outfile bo.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name bo --serial-number arn:aws:iam::111122223333:mfa/bo --authentication-code1 @phone --authentication-code2 @phone+1
#@ +2m
console sign-in --user-name bo --password 'Flat-white-2' --mfa-code @phone
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Cashier --role-session-name tram --duration-seconds 28800 --profile bo@console
