aws iam put-group-policy --group-name Cashiers --policy-name code --policy-document file://policies/code.json
