# A star for the thing, and nobody has to look the name up.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/any-object.json --set-as-default
