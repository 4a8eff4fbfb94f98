aws iam put-group-policy --group-name Cashiers --policy-name list --policy-document file://policies/list.json
