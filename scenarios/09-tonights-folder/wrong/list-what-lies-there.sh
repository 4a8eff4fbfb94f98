# Listing is allowed on the objects instead of the bucket.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/list-what-lies-there.json
