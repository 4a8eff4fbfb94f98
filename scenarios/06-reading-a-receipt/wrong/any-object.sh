# A star in the action, so no one has to look up its name.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/any-object.json --set-as-default
