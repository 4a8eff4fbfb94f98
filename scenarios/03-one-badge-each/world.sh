# The till as it is: one badge for everybody who works there, and its key in two pockets
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam create-user --user-name till
aws iam add-user-to-group --group-name Cashiers --user-name till
aws iam create-access-key --user-name till
#@ at 2026-03-01T21:40:00Z
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile till
