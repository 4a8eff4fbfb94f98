aws iam detach-user-policy --user-name mina --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
