# The right policy is there now. The other one does no harm, or so one thinks.
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
