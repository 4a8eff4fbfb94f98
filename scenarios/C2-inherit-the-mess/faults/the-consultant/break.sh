#@ at 2025-07-07T10:00:00Z
aws iam create-role --role-name Consultant --assume-role-policy-document file://faults/the-consultant/trust.json
aws iam put-role-policy --role-name Consultant --policy-name payroll --policy-document file://faults/the-consultant/payroll.json
