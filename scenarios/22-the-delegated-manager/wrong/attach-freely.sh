aws iam put-group-policy --group-name Managers --policy-name hiring --policy-document file://policies/hiring-attach-freely.json
