# A policy that denies everything, for root.
aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile owner.png --bootstrap-method QRCodePNG
console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --authentication-code1 @phone --authentication-code2 @phone+1
aws iam put-user-policy --user-name root --policy-name nothing --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
