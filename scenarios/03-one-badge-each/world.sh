# The till before the play: two people share one user, and each has a copy of its key
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam create-user --user-name till
aws iam add-user-to-group --group-name Cashiers --user-name till
aws iam create-access-key --user-name till
#@ at 2026-03-01T21:40:00Z
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile till
