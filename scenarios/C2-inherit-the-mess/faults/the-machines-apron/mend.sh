aws iam update-assume-role-policy --role-name espresso-role --policy-document file://policies/machine-trust.json
