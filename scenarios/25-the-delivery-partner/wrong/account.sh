aws iam create-role --role-name OrdersExport --assume-role-policy-document file://policies/trust-account.json
aws iam put-role-policy --role-name OrdersExport --policy-name export --policy-document file://policies/export.json
