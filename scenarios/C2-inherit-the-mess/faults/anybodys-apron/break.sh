#@ at 2025-09-08T10:00:00Z
aws iam update-assume-role-policy --role-name Cashier --policy-document file://faults/anybodys-apron/trust.json
