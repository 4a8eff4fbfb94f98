# The shop before any story: what every scenario's world starts from. Run as root, right before the world's own script.

# Where things are kept
aws s3api create-bucket --bucket coffeeshop-receipts
aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0411.json
aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json
aws s3api put-object --bucket coffeeshop-receipts --key voided/0398.json
aws s3api create-bucket --bucket coffeeshop-payroll
aws s3api put-object --bucket coffeeshop-payroll --key march.csv
aws s3api create-bucket --bucket coffeeshop-recipes
aws s3api put-object --bucket coffeeshop-recipes --key espresso.md
aws s3api put-object --bucket coffeeshop-recipes --key menu.pdf
aws s3api create-bucket --bucket coffeeshop-orders-export
aws s3api put-object --bucket coffeeshop-orders-export --key day.csv
aws dynamodb create-table --table-name Register --key-schema AttributeName=sale,KeyType=HASH --attribute-definitions AttributeName=sale,AttributeType=S --billing-mode PAY_PER_REQUEST
aws dynamodb create-table --table-name Inventory --key-schema AttributeName=item,KeyType=HASH --attribute-definitions AttributeName=item,AttributeType=S --billing-mode PAY_PER_REQUEST
aws dynamodb put-item --table-name Inventory --item '{"item": {"S": "beans"}, "bags": {"N": "40"}}'
aws sqs create-queue --queue-name online-orders

# The menu board over the door
#@ instance menu-board i-0c0ffee5b0a2d0001

# The machine behind the counter wears a role of its own, which so far only writes logs
aws iam create-role --role-name espresso-role --assume-role-policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}'
aws iam put-role-policy --role-name espresso-role --policy-name logs --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/espresso-api:*"}}'
aws lambda create-function --function-name espresso-api --role arn:aws:iam::111122223333:role/espresso-role --runtime python3.13 --handler menu.handler --cli-input-json '{"Code": {"ZipFile": "AA=="}}'

# Ada, who looks after the badges: in Admins, with a password and a phone for codes
aws iam create-group --group-name Admins
aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam create-user --user-name ada
aws iam add-user-to-group --group-name Admins --user-name ada
aws iam create-login-profile --user-name ada --password 'Latte-art-at-7'
aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile ada.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada --authentication-code1 @phone --authentication-code2 @phone+1
