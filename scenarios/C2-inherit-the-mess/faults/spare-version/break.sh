#@ at 2026-02-16T10:00:00Z
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --policy-document file://faults/spare-version/till.json
