# Limit listing by a condition on the request, and opening by the object's ARN.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/north.json
