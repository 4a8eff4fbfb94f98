aws iam delete-user-policy --user-name robin --policy-name list
