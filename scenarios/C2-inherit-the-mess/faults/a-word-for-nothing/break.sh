#@ at 2025-09-29T10:00:00Z
aws iam put-group-policy --group-name Cashiers --policy-name papers --policy-document file://faults/a-word-for-nothing/papers.json
