#@ at 2025-09-15T10:00:00Z
aws iam put-group-policy --group-name Cashiers --policy-name list --policy-document file://faults/broad-listing/list.json
