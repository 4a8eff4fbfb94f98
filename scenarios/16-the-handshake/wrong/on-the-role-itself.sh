aws iam put-role-policy --role-name Inventory --policy-name stock --policy-document file://policies/stock-and-wear.json
