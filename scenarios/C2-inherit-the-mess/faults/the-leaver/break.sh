#@ at 2025-10-01T10:00:00Z
aws iam create-user --user-name lou
aws iam create-login-profile --user-name lou --password 'Ristretto-8'
