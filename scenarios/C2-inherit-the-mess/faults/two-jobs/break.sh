#@ at 2025-07-28T10:00:00Z
aws iam add-user-to-group --group-name Cashiers --user-name indra
