# The receipts lie in that bucket, so its name will do.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/both-on-the-bucket.json --set-as-default
