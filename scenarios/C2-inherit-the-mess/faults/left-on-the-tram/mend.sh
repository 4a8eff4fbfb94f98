aws iam put-role-policy --role-name Cashier --policy-name revoke --policy-document file://faults/left-on-the-tram/revoke.json
