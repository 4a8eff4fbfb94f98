# Without the role, nobody closes the shop.
aws iam delete-role-policy --role-name Closer --policy-name closing
aws iam delete-role --role-name Closer
