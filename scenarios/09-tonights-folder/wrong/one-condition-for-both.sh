# One statement with one condition for both actions.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/one-condition-for-both.json
