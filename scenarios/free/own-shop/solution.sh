# One way to run the shop: a group for each job, a role for each workstation that is shared, a code for the wages.
aws s3api create-bucket --bucket coffeeshop-loyalty
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"}, {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"}]}'
aws iam create-user --user-name casey
aws iam create-access-key --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-group --group-name InventorySpecialists
aws iam put-group-policy --group-name InventorySpecialists --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"], "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Inventory"}]}'
aws iam create-user --user-name indra
aws iam create-access-key --user-name indra
aws iam add-user-to-group --group-name InventorySpecialists --user-name indra
aws iam create-group --group-name Baristas
aws iam put-group-policy --group-name Baristas --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/Cashier"}]}'
aws iam create-user --user-name bo
aws iam create-access-key --user-name bo
aws iam add-user-to-group --group-name Baristas --user-name bo
aws iam create-group --group-name Managers
aws iam put-group-policy --group-name Managers --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-payroll/*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}'
aws iam create-user --user-name mina
aws iam create-login-profile --user-name mina --password Latte-art-at-7
aws iam create-virtual-mfa-device --virtual-mfa-device-name mina --outfile mina.txt --bootstrap-method Base32StringSeed
aws iam enable-mfa-device --user-name mina --serial-number arn:aws:iam::111122223333:mfa/mina --authentication-code1 @phone --authentication-code2 @phone+1
aws iam add-user-to-group --group-name Managers --user-name mina
aws iam create-group --group-name Loyalty
aws iam put-group-policy --group-name Loyalty --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::coffeeshop-loyalty/*"}]}'
aws iam create-user --user-name sam
aws iam create-access-key --user-name sam
aws iam add-user-to-group --group-name Loyalty --user-name sam
aws iam create-role --role-name Cashier --assume-role-policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}}'
aws iam put-role-policy --role-name Cashier --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Register"}]}'
aws iam put-role-policy --role-name espresso-role --policy-name orders --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "arn:aws:sqs:us-east-1:111122223333:online-orders"}]}'
aws iam create-role --role-name Courier --assume-role-policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "shop-7"}}}}'
aws iam put-role-policy --role-name Courier --policy-name fetch --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-orders-export/*"}]}'
aws iam create-user --user-name alex
aws iam create-access-key --user-name alex
aws iam add-user-to-group --group-name Cashiers --user-name alex
aws iam create-user --user-name avery
aws iam create-access-key --user-name avery
aws iam add-user-to-group --group-name InventorySpecialists --user-name avery
aws iam create-user --user-name blair
aws iam create-access-key --user-name blair
aws iam add-user-to-group --group-name Loyalty --user-name blair
aws iam create-user --user-name cameron
aws iam create-access-key --user-name cameron
aws iam add-user-to-group --group-name Cashiers --user-name cameron
aws iam create-user --user-name charlie
aws iam create-access-key --user-name charlie
aws iam add-user-to-group --group-name InventorySpecialists --user-name charlie
aws iam create-user --user-name dakota
aws iam create-access-key --user-name dakota
aws iam add-user-to-group --group-name Loyalty --user-name dakota
aws iam create-user --user-name devon
aws iam create-access-key --user-name devon
aws iam add-user-to-group --group-name Cashiers --user-name devon
aws iam create-user --user-name elliot
aws iam create-access-key --user-name elliot
aws iam add-user-to-group --group-name InventorySpecialists --user-name elliot
aws iam create-user --user-name emery
aws iam create-access-key --user-name emery
aws iam add-user-to-group --group-name Loyalty --user-name emery
aws iam create-user --user-name finley
aws iam create-access-key --user-name finley
aws iam add-user-to-group --group-name Cashiers --user-name finley
aws iam create-user --user-name frankie
aws iam create-access-key --user-name frankie
aws iam add-user-to-group --group-name InventorySpecialists --user-name frankie
aws iam create-user --user-name harper
aws iam create-access-key --user-name harper
aws iam add-user-to-group --group-name Loyalty --user-name harper
aws iam create-user --user-name jamie
aws iam create-access-key --user-name jamie
aws iam add-user-to-group --group-name Cashiers --user-name jamie
aws iam create-user --user-name jesse
aws iam create-access-key --user-name jesse
aws iam add-user-to-group --group-name InventorySpecialists --user-name jesse
aws iam create-user --user-name jordan
aws iam create-access-key --user-name jordan
aws iam add-user-to-group --group-name Loyalty --user-name jordan
aws iam create-user --user-name kai
aws iam create-access-key --user-name kai
aws iam add-user-to-group --group-name Cashiers --user-name kai
aws iam create-user --user-name lee
aws iam create-access-key --user-name lee
aws iam add-user-to-group --group-name InventorySpecialists --user-name lee
aws iam create-user --user-name logan
aws iam create-access-key --user-name logan
aws iam add-user-to-group --group-name Loyalty --user-name logan
aws iam create-user --user-name morgan
aws iam create-access-key --user-name morgan
aws iam add-user-to-group --group-name Cashiers --user-name morgan
aws iam create-user --user-name noel
aws iam create-access-key --user-name noel
aws iam add-user-to-group --group-name InventorySpecialists --user-name noel
aws iam create-user --user-name parker
aws iam create-access-key --user-name parker
aws iam add-user-to-group --group-name Loyalty --user-name parker
aws iam create-user --user-name quinn
aws iam create-access-key --user-name quinn
aws iam add-user-to-group --group-name Cashiers --user-name quinn
aws iam create-user --user-name reese
aws iam create-access-key --user-name reese
aws iam add-user-to-group --group-name InventorySpecialists --user-name reese
aws iam create-user --user-name remy
aws iam create-access-key --user-name remy
aws iam add-user-to-group --group-name Loyalty --user-name remy
aws iam create-role --role-name menu-bot --assume-role-policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}'
aws iam put-role-policy --role-name menu-bot --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-recipes/menu.pdf"}]}'
aws lambda create-function --function-name menu-bot --role arn:aws:iam::111122223333:role/menu-bot --runtime python3.13 --handler menu.handler --zip-file fileb://function.zip
aws dynamodb create-table --table-name Reservations --key-schema AttributeName=name,KeyType=HASH --attribute-definitions AttributeName=name,AttributeType=S --billing-mode PAY_PER_REQUEST
aws iam create-group --group-name Hosts
aws iam put-group-policy --group-name Hosts --policy-name work --policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Reservations"}]}'
aws iam create-user --user-name robin
aws iam create-access-key --user-name robin
aws iam add-user-to-group --group-name Hosts --user-name robin
