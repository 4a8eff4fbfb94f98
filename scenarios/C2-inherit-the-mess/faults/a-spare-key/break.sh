#@ at 2026-02-23T10:00:00Z
aws iam create-access-key --user-name casey
aws iam create-access-key --user-name casey
