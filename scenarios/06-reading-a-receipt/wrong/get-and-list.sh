# It is only reading, so stars after Get and List are fine.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/get-and-list.json --set-as-default
