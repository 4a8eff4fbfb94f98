#@ at 2025-07-21T10:00:00Z
aws iam put-role-policy --role-name Cashier --policy-name stock --policy-document file://faults/two-pockets/stock.json
