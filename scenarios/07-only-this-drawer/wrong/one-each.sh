# For each of the two, on their own badge.
aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://policies/receipts.json
aws iam put-user-policy --user-name robin --policy-name receipts --policy-document file://policies/receipts.json
aws iam detach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
