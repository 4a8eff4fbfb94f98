aws iam detach-role-policy --role-name espresso-role --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
