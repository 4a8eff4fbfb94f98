#@ at 2025-10-06T10:00:00Z
aws iam put-group-policy --group-name Managers --policy-name void --policy-document file://faults/void-anywhere/void.json
