# The receipts, and all that is called so.
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/a-star-too-early.json
aws iam detach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
