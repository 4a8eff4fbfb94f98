#@ at 2026-02-02T10:00:00Z
aws iam detach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Code
aws iam put-group-policy --group-name Cashiers --policy-name code --policy-document file://faults/a-missing-key/code.json
