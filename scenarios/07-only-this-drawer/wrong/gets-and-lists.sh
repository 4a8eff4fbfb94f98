# One bucket, but every action that reads.
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/gets-and-lists.json
aws iam detach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
