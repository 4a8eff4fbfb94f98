# Name the two actions that the till needs.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/till.json
