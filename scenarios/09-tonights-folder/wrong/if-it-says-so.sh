# If a folder is asked for, it has to be the north's.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/if-it-says-so.json
