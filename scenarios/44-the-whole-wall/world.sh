# The franchise and its organization. Noor runs it from the management account
#@ account 222233334444 franchise
#@ at 2026-02-02T08:00:00Z
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
aws organizations enable-policy-type --root-id @root --policy-type RESOURCE_CONTROL_POLICY --profile franchise

# The counts of the stock. Two roasteries read them, one of which no longer delivers
aws s3api create-bucket --bucket coffeeshop-stock
aws s3api put-object --bucket coffeeshop-stock --key counts/monday.csv
aws s3api put-bucket-policy --bucket coffeeshop-stock --policy file://policies/roasteries.json

# Toni's app assumes a role for her, with a permissions boundary, and passes a session policy
aws iam create-user --user-name toni
aws iam create-access-key --user-name toni
aws iam create-policy --policy-name StockWork --policy-document file://policies/stock-work.json
aws iam create-policy --policy-name CounterLimit --policy-document file://policies/counter-limit-old.json
aws iam create-policy --policy-name AppLimit --policy-document file://policies/app-limit-old.json
aws iam create-role --role-name Counter --assume-role-policy-document file://policies/trust.json --permissions-boundary arn:aws:iam::111122223333:policy/CounterLimit
aws iam attach-role-policy --role-name Counter --policy-arn arn:aws:iam::111122223333:policy/StockWork

# On Sunday, Noor writes two rules for all shops: what their people can do, and who can use their buckets
#@ at 2026-03-01T18:00:00Z
aws organizations create-policy --name ShopWork --description "What a shop's people can do" --type SERVICE_CONTROL_POLICY --content file://policies/shop-work-old.json --profile franchise
aws organizations attach-policy --policy-id @policy:ShopWork --target-id @unit:Shops --profile franchise
aws organizations detach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops --profile franchise
aws organizations create-policy --name OwnPeople --description "Only our accounts use our buckets" --type RESOURCE_CONTROL_POLICY --content file://policies/own-people-old.json --profile franchise
aws organizations attach-policy --policy-id @policy:OwnPeople --target-id @unit:Shops --profile franchise
