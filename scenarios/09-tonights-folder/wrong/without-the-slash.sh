# The prefix has no slash, so it covers every name that begins with north.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/without-the-slash.json
