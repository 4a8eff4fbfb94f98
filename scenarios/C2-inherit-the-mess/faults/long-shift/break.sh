#@ at 2025-11-24T10:00:00Z
aws iam update-role --role-name Cashier --max-session-duration 43200
