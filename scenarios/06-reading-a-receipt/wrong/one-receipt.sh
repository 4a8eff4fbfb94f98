# The brief names one receipt: 0412.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/one-receipt.json --set-as-default
