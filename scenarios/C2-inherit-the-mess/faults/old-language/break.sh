#@ at 2025-06-23T10:00:00Z
aws iam put-group-policy --group-name Cashiers --policy-name names --policy-document file://faults/old-language/names.json
