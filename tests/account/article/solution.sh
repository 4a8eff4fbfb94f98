# The article, lived: a line that ends in a code is one that AWS refuses with it. A minute passes from line to line.

# The account root user: complete access, a password, and a code from a phone
console sign-in --root-email owner@coffeeshop.example --password House-blend-1
aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile owner.png --bootstrap-method QRCodePNG --profile root@console
console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --authentication-code1 @phone-1 --authentication-code2 @phone --profile root@console
console sign-in --root-email owner@coffeeshop.example --password House-blend-1   # AccessDenied
console sign-in --root-email owner@coffeeshop.example --password House-blend-1 --mfa-code @phone

# With it the first user is made, who makes the others; then the owner's badge goes into the safe
aws iam create-group --group-name Admins --profile root@console
aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile root@console
aws iam create-user --user-name ada --profile root@console
aws iam add-user-to-group --group-name Admins --user-name ada --profile root@console
aws iam create-login-profile --user-name ada --password Latte-art-at-7 --profile root@console
console sign-out --profile root@console
aws iam list-users --profile root@console   # ExpiredToken
console sign-in --user-name ada --password Latte-art-at-7
aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile ada.png --bootstrap-method QRCodePNG --profile ada@console
aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada --authentication-code1 @phone-1 --authentication-code2 @phone --profile ada@console
console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone

# IAM users: a new user can do nothing until permissions are granted
aws s3api create-bucket --bucket AWSDOC-EXAMPLE-BUCKET --profile ada@console
aws s3api put-object --bucket AWSDOC-EXAMPLE-BUCKET --key 2026/03/0412.json --profile ada@console
aws iam create-user --user-name casey --profile ada@console
aws iam create-access-key --user-name casey --profile ada@console
aws s3api create-bucket --bucket caseys-bucket --profile casey   # AccessDenied
aws ec2 start-instances --instance-ids i-0123456789abcdef0 --profile casey   # UnauthorizedOperation
aws s3api list-objects-v2 --bucket AWSDOC-EXAMPLE-BUCKET --profile casey   # AccessDenied

# IAM policies: one action, one bucket, attached to the cashier
aws iam create-policy --policy-name Receipts --policy-document '{"Version": "2012-10-17", "Statement": [{"Sid": "Receipts", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"}]}' --profile ada@console
aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Receipts --profile ada@console
aws s3api list-objects-v2 --bucket AWSDOC-EXAMPLE-BUCKET --profile casey
aws s3api get-object --bucket AWSDOC-EXAMPLE-BUCKET --key 2026/03/0412.json receipt.json --profile casey   # AccessDenied

# IAM groups: the policy moves to the group, and Casey changes jobs
aws iam create-group --group-name Cashiers --profile ada@console
aws iam attach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Receipts --profile ada@console
aws iam detach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Receipts --profile ada@console
aws s3api list-objects-v2 --bucket AWSDOC-EXAMPLE-BUCKET --profile casey   # AccessDenied
aws iam add-user-to-group --group-name Cashiers --user-name casey --profile ada@console
aws s3api list-objects-v2 --bucket AWSDOC-EXAMPLE-BUCKET --profile casey
aws dynamodb create-table --table-name Inventory --key-schema AttributeName=item,KeyType=HASH --attribute-definitions AttributeName=item,AttributeType=S --billing-mode PAY_PER_REQUEST --profile ada@console
aws iam create-group --group-name InventorySpecialists --profile ada@console
aws iam put-group-policy --group-name InventorySpecialists --policy-name stock --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"], "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Inventory"}]}' --profile ada@console
aws iam remove-user-from-group --group-name Cashiers --user-name casey --profile ada@console
aws iam add-user-to-group --group-name InventorySpecialists --user-name casey --profile ada@console
aws dynamodb get-item --table-name Inventory --key '{"item": {"S": "beans"}}' --profile casey
aws s3api list-objects-v2 --bucket AWSDOC-EXAMPLE-BUCKET --profile casey   # AccessDenied

# IAM roles: one for each workstation; on taking one the permissions before are given up
aws dynamodb create-table --table-name Register --key-schema AttributeName=sale,KeyType=HASH --attribute-definitions AttributeName=sale,AttributeType=S --billing-mode PAY_PER_REQUEST --profile ada@console
aws iam create-user --user-name bo --profile ada@console
aws iam create-login-profile --user-name bo --password Mocha-at-noon-8 --profile ada@console
aws iam create-role --role-name Cashier --assume-role-policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}]}' --profile ada@console
aws iam put-role-policy --role-name Cashier --policy-name till --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Register"}]}' --profile ada@console
aws iam create-role --role-name Inventory --assume-role-policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}]}' --profile ada@console
aws iam put-role-policy --role-name Inventory --policy-name stock --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Inventory"}]}' --profile ada@console
console sign-in --user-name bo --password Mocha-at-noon-8
console switch-role --role-name Cashier --profile bo@console   # AccessDenied
aws iam put-user-policy --user-name bo --policy-name rotates --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ["arn:aws:iam::111122223333:role/Cashier", "arn:aws:iam::111122223333:role/Inventory"]}]}' --profile ada@console
console switch-role --role-name Cashier --profile bo@console
aws dynamodb put-item --table-name Register --item '{"sale": {"S": "1"}}' --profile bo@console
console switch-role --role-name Inventory --profile bo@console
aws dynamodb update-item --table-name Inventory --key '{"item": {"S": "beans"}}' --update-expression 'SET bags = :n' --expression-attribute-values '{":n": {"N": "39"}}' --profile bo@console
aws dynamodb put-item --table-name Register --item '{"sale": {"S": "2"}}' --profile bo@console   # AccessDeniedException
console switch-back --profile bo@console
aws dynamodb put-item --table-name Register --item '{"sale": {"S": "3"}}' --profile bo@console   # AccessDeniedException

# Multi-factor authentication: asked, and checked; a code works once
aws iam create-virtual-mfa-device --virtual-mfa-device-name bo --outfile bo.png --bootstrap-method QRCodePNG --profile ada@console
aws iam enable-mfa-device --user-name bo --serial-number arn:aws:iam::111122223333:mfa/bo --authentication-code1 @phone-1 --authentication-code2 @phone --profile ada@console
# The next morning: the session that Bo opened without a code has expired.
#@ +12h
console sign-in --user-name bo --password Mocha-at-noon-8   # AccessDenied
console sign-in --user-name bo --password Mocha-at-noon-8 --mfa-code 000000   # AccessDenied
console sign-in --user-name bo --password Mocha-at-noon-8 --mfa-code @phone
