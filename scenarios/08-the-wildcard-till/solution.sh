# The two that the till needs, by name.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/till.json
