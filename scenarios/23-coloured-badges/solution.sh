aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/own-branch.json
