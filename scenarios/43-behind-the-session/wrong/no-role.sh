# Without the role, no one can close the shop.
aws iam delete-role-policy --role-name Closer --policy-name closing
aws iam delete-role --role-name Closer
