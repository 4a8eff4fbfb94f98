#@ at 2025-07-01T10:00:00Z
aws iam create-access-key
