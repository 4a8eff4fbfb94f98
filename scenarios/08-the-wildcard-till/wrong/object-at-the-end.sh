# Every action whose name ends in Object.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/object-at-the-end.json
