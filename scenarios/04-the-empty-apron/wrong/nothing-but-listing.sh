# A Deny for everything except listing.
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam put-group-policy --group-name Cashiers --policy-name nothing-else --policy-document file://policies/nothing-but-listing.json
