#@ at 2025-06-16T10:00:00Z
aws iam create-user --user-name pat
aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy file://faults/gone-but-named/bucket.json
aws iam delete-user --user-name pat
