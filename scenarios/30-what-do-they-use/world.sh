#@ at 2025-09-01T08:00:00Z
aws iam create-group --group-name Staff
aws iam create-policy --policy-name Staff --policy-document file://policies/grown.json
aws iam attach-group-policy --group-name Staff --policy-arn arn:aws:iam::111122223333:policy/Staff
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Staff --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Staff --user-name robin
aws iam create-access-key --user-name robin

# The end of a quarter, before the till's log begins: both count the stock
#@ at 2025-12-31T18:00:00Z
aws dynamodb scan --table-name Inventory --profile casey
aws dynamodb scan --table-name Inventory --profile robin

# From then on, the calls that the log shows
#@ at 2026-01-02T09:00:00Z
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile casey
aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0411.json 0411.json --profile casey
#@ at 2026-02-27T09:00:00Z
aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json --profile robin
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile robin
aws dynamodb put-item --table-name Register --item '{"sale": {"S": "0412"}}' --profile robin
#@ at 2026-03-01T17:00:00Z
aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0411.json 0411.json --profile casey
aws dynamodb put-item --table-name Register --item '{"sale": {"S": "0413"}}' --profile casey
