# The broad policy stays, with a Deny for the two buckets.
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/two-noes.json
