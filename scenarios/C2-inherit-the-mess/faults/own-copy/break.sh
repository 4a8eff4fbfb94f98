#@ at 2025-09-22T10:00:00Z
aws iam put-user-policy --user-name robin --policy-name list --policy-document file://faults/own-copy/list.json
