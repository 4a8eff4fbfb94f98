aws iam put-group-policy --group-name Bakers --policy-name unlock --policy-document file://policies/unlock.json
