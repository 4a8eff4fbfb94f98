# The franchise and its organization. Noor runs it from the management account
#@ account 222233334444 franchise
#@ at 2026-01-12T08:00:00Z
aws iam create-group --group-name Owners --profile franchise
aws iam attach-group-policy --group-name Owners --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile franchise
aws iam create-user --user-name noor --profile franchise
aws iam add-user-to-group --group-name Owners --user-name noor --profile franchise
aws iam create-login-profile --user-name noor --password 'Cold-brew-at-5' --profile franchise
aws organizations create-organization --profile franchise
aws organizations create-organizational-unit --parent-id @root --name Shops --profile franchise
aws organizations invite-account-to-organization --target Id=111122223333,Type=ACCOUNT --profile franchise
aws organizations accept-handshake --handshake-id @invitation
aws organizations move-account --account-id 111122223333 --source-parent-id @root --destination-parent-id @unit:Shops --profile franchise
aws organizations create-policy --name ShopRules --description "Orders and the trail stay" --type SERVICE_CONTROL_POLICY --content file://policies/shop-rules-old.json --profile franchise
aws organizations attach-policy --policy-id @policy:ShopRules --target-id @unit:Shops --profile franchise

# Bakers read the recipes, which a KMS key encrypts. Last week, a new key replaced the old one
aws kms create-key --description 'Locks the recipe book, until February'
aws kms create-key --description 'Locks the recipe book'
aws kms create-alias --alias-name alias/recipes-old --target-key-id 9c95c809-d396-1e01-3181-bd9385b72fbf
aws kms create-alias --alias-name alias/recipes --target-key-id 1c441c82-67b9-e5bd-5307-b533e868f86a
aws s3api put-bucket-encryption --bucket coffeeshop-recipes --server-side-encryption-configuration '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/recipes"}}]}'
aws s3api put-object --bucket coffeeshop-recipes --key espresso.md
aws s3api put-object --bucket coffeeshop-recipes --key menu.pdf
aws iam create-group --group-name Bakers
aws iam put-group-policy --group-name Bakers --policy-name recipes --policy-document file://policies/recipes-old.json
aws iam create-user --user-name kim
aws iam add-user-to-group --group-name Bakers --user-name kim

# Cashiers write sales and list receipts. Robin is new, and has a permissions boundary
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name till --policy-document file://policies/till.json
aws iam create-policy --policy-name StaffLimit --policy-document file://policies/staff-limit-old.json
aws iam create-user --user-name robin --permissions-boundary arn:aws:iam::111122223333:policy/StaffLimit
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws dynamodb put-item --table-name Register --item '{"sale": {"S": "0412"}}'

# Receipts can be listed only from the shop's network, which changed last year
aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy file://policies/receipts-old.json

# Sam takes the online orders
aws iam create-group --group-name Baristas
aws iam put-group-policy --group-name Baristas --policy-name orders --policy-document file://policies/orders.json
aws iam create-user --user-name sam
aws iam add-user-to-group --group-name Baristas --user-name sam

# Mina closes the shop in the role Closer. From today, Bo does as well
aws iam create-user --user-name mina
aws iam create-user --user-name bo
aws iam create-role --role-name Closer --assume-role-policy-document file://policies/trust-old.json
aws iam put-role-policy --role-name Closer --policy-name totals --policy-document file://policies/totals.json
