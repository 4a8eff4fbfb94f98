#@ at 2025-08-04T10:00:00Z
aws iam detach-group-policy --group-name Managers --policy-arn arn:aws:iam::111122223333:policy/Code
