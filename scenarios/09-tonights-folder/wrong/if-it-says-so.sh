# With IfExists, a request without a prefix matches.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/if-it-says-so.json
