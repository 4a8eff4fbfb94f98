#@ at 2025-10-27T10:00:00Z
aws iam update-assume-role-policy --role-name espresso-role --policy-document file://faults/the-machines-apron/trust.json
