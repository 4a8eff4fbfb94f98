#@ at 2025-12-20T10:00:00Z
aws iam create-policy --policy-name Holiday --policy-document file://faults/holiday/holiday.json
aws iam attach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Holiday
