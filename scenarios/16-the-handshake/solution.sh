aws iam update-assume-role-policy --role-name Inventory --policy-document file://policies/trust-bo.json
