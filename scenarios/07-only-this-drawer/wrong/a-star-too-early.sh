# The star in the bucket's name covers other buckets as well.
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/a-star-too-early.json
aws iam detach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
