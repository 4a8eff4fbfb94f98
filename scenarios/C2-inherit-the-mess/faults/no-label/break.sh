#@ at 2025-12-15T10:00:00Z
aws iam update-assume-role-policy --role-name OrdersExport --policy-document file://faults/no-label/trust.json
