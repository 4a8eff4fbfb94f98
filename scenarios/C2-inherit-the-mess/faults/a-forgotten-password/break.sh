#@ at 2025-08-01T10:00:00Z
aws iam create-login-profile --user-name mina --password 'Cortado-at-9'
