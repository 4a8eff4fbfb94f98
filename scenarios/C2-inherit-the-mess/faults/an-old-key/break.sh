#@ at 2025-06-09T10:00:00Z
aws iam create-access-key --user-name robin
