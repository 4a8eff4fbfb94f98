aws iam remove-user-from-group --group-name Staff --user-name mina
aws iam put-group-policy --group-name Managers --policy-name receipts --policy-document file://policies/everything-with-receipts.json
