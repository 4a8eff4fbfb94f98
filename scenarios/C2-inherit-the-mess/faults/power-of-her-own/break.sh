#@ at 2025-06-30T10:00:00Z
aws iam attach-user-policy --user-name ada --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
