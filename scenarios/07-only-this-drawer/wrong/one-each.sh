# A copy of the policy on each of the two users.
aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://policies/receipts.json
aws iam put-user-policy --user-name robin --policy-name receipts --policy-document file://policies/receipts.json
aws iam detach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
