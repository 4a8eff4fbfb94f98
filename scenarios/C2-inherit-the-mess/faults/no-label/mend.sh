aws iam update-assume-role-policy --role-name OrdersExport --policy-document file://policies/courier-trust.json
