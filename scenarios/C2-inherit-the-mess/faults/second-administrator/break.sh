#@ at 2026-02-09T10:00:00Z
aws iam attach-user-policy --user-name mina --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
