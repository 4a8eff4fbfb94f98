#@ at 2025-08-11T10:00:00Z
aws iam put-role-policy --role-name espresso-role --policy-name orders --policy-document file://faults/machine-purges/orders.json
