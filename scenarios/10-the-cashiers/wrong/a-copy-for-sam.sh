#@ solution
#@ but not --user-name sam
aws iam put-user-policy --user-name sam --policy-name receipts --policy-document file://policies/receipts.json
