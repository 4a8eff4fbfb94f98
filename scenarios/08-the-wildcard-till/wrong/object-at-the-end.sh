# Whatever is done to an object, and nothing done to the bucket.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/object-at-the-end.json
