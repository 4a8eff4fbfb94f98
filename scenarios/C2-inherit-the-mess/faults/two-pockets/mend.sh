aws iam delete-role-policy --role-name Cashier --policy-name stock
