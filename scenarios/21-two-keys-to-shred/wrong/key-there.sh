aws iam put-group-policy --group-name Managers --policy-name shredding --policy-document file://policies/shredding-key-there.json
