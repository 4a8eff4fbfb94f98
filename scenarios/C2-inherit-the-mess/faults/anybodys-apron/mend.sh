aws iam update-assume-role-policy --role-name Cashier --policy-document file://policies/trust.json
