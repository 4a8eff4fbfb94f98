# The right policy is attached, and the broad one stays.
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
