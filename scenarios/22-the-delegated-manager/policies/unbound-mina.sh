aws iam delete-user-permissions-boundary --user-name mina
aws iam put-group-policy --group-name Managers --policy-name hiring --policy-document file://policies/hiring.json
