#@ at 2025-09-01T10:00:00Z
aws iam put-group-policy --group-name Baristas --policy-name till --policy-document file://faults/bare-till/till.json
