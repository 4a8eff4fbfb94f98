aws iam put-role-policy --role-name espresso-role --policy-name orders --policy-document file://policies/orders.json
