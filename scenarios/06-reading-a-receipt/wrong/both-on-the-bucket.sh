# The receipts are in that bucket, so its ARN is enough.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/both-on-the-bucket.json --set-as-default
