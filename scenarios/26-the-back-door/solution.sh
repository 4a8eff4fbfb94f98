aws iam put-group-policy --group-name Developers --policy-name reports --policy-document file://policies/developers.json
