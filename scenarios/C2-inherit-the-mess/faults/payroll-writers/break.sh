#@ at 2025-11-03T10:00:00Z
aws iam put-group-policy --group-name Managers --policy-name payroll --policy-document file://faults/payroll-writers/payroll.json
