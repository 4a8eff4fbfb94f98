#@ at 2026-02-18T10:00:00Z
aws iam attach-role-policy --role-name espresso-role --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
