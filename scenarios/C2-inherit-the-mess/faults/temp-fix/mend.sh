aws iam delete-user-policy --user-name casey --policy-name temp-fix
