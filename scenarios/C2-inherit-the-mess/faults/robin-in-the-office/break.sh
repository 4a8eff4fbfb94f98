#@ at 2025-11-17T10:00:00Z
aws iam add-user-to-group --group-name Managers --user-name robin
