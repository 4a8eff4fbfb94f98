aws iam remove-user-from-group --group-name Staff --user-name mina
aws iam put-group-policy --group-name Managers --policy-name receipts --policy-document file://policies/receipts.json
aws iam put-group-policy --group-name Managers --policy-name NoShredding --policy-document file://policies/no-shredding.json
aws iam put-group-policy --group-name Managers --policy-name void --policy-document file://policies/void.json
