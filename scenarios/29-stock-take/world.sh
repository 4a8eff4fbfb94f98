#@ at 2025-06-02T08:00:00Z
# Root signs in with a code. It once created a key for itself, to copy the receipts.
console sign-in --root-email owner@coffeeshop.example --password House-blend-1
aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile owner.png --bootstrap-method QRCodePNG --profile root@console
console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --authentication-code1 @phone --authentication-code2 @phone+1 --profile root@console
aws iam create-access-key --profile root@console
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile root
console sign-out --profile root@console

aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name list --policy-document file://policies/list.json
aws iam create-group --group-name Printers
aws iam put-group-policy --group-name Printers --policy-name menu --policy-document file://policies/menu.json
aws iam create-group --group-name InventorySpecialists
aws iam put-group-policy --group-name InventorySpecialists --policy-name stock --policy-document file://policies/stock.json

aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-access-key --user-name robin
aws iam create-user --user-name sam
aws iam add-user-to-group --group-name Cashiers --user-name sam
aws iam create-access-key --user-name sam
aws iam create-user --user-name till-2024
aws iam add-user-to-group --group-name Cashiers --user-name till-2024
aws iam create-access-key --user-name till-2024
aws iam create-user --user-name jo-intern
aws iam add-user-to-group --group-name Cashiers --user-name jo-intern
aws iam create-login-profile --user-name jo-intern --password 'Decaf-please-3'
aws iam create-user --user-name flyer-printer
aws iam add-user-to-group --group-name Printers --user-name flyer-printer
aws iam create-access-key --user-name flyer-printer
aws iam create-user --user-name indra
aws iam add-user-to-group --group-name InventorySpecialists --user-name indra
aws iam create-login-profile --user-name indra --password 'Cold-brew-5'
aws iam create-user --user-name bo
aws iam add-user-to-group --group-name InventorySpecialists --user-name bo
aws iam create-access-key --user-name bo
aws iam create-user --user-name mina
aws iam create-login-profile --user-name mina --password 'Cortado-at-9'

# The last use of some credentials
#@ at 2025-08-14T07:00:00Z
console sign-in --user-name jo-intern --password 'Decaf-please-3'
#@ at 2025-10-03T07:00:00Z
aws iam create-access-key --user-name robin
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile robin
#@ at 2025-11-01T07:00:00Z
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile till-2024
#@ at 2025-12-12T07:00:00Z
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile sam

# And of those who were here this week. Robin's first key is named by its id, because `robin` means the newest
#@ at 2026-02-27T09:00:00Z
console sign-in --user-name ada --password 'Latte-art-at-7' --mfa-code @phone
console sign-in --user-name mina --password 'Cortado-at-9'
aws dynamodb get-item --table-name Inventory --key '{"item": {"S": "beans"}}' --profile bo
#@ at 2026-03-01T17:30:00Z
console sign-in --user-name indra --password 'Cold-brew-5'
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile casey
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile AKIAH3CI4OJSYGNVDRJ6
#@ at 2026-03-02T06:00:00Z
aws s3api get-object --bucket coffeeshop-recipes --key menu.pdf menu.pdf --profile flyer-printer
