aws iam put-group-policy --group-name Managers --policy-name void --policy-document file://policies/void.json
