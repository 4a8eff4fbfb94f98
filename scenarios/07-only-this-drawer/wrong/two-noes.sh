# They may read, save what they may not.
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/two-noes.json
