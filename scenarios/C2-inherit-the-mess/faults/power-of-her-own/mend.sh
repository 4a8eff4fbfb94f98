aws iam detach-user-policy --user-name ada --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
