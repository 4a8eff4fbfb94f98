#@ solution
aws iam update-assume-role-policy --role-name espresso-role --policy-document file://policies/trust-with-indra.json
