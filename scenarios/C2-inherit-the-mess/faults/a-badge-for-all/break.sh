#@ at 2026-02-05T10:00:00Z
aws iam create-user --user-name till
aws iam create-access-key --user-name till
