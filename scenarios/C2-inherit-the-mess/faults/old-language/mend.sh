aws iam delete-group-policy --group-name Cashiers --policy-name names
