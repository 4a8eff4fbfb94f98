# The list narrowed by what the request says, the opening by the object's name.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/north.json
