#@ at 2025-11-03T08:00:00Z
# The cashiers, and those who open in the morning
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name list --policy-document file://policies/list.json
aws iam create-group --group-name Openers
aws iam put-group-policy --group-name Openers --policy-name menu-board --policy-document file://policies/menu-board.json
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-access-key --user-name robin
aws iam create-user --user-name bo
aws iam create-access-key --user-name bo
aws iam create-user --user-name mina
aws iam create-access-key --user-name mina
# Casey, who leaves today
aws iam create-user --user-name casey
aws iam create-login-profile --user-name casey --password Cortado-11
aws iam create-access-key --user-name casey
aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile casey.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey --authentication-code1 @phone --authentication-code2 @phone+1
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name Openers --user-name casey
# What she was given over time
#@ at 2026-01-19T08:00:00Z
aws iam create-access-key --user-name casey
aws iam put-user-policy --user-name casey --policy-name stock-take --policy-document file://policies/stock-take.json
aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Cashier --policy-name sales --policy-document file://policies/sales.json
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/recipes.json
# She left today, and then assumed the role once more
#@ at 2026-03-02T15:30:00Z
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Cashier --role-session-name casey --duration-seconds 900 --profile casey
