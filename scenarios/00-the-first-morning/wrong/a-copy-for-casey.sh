# The right permission, but only on Casey's user.
aws iam create-user --user-name casey
aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://policies/receipts.json
