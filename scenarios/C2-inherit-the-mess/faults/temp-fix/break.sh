#@ at 2025-10-20T10:00:00Z
aws iam put-user-policy --user-name casey --policy-name temp-fix --policy-document file://faults/temp-fix/stock.json
