aws iam put-user-policy --user-name bo --policy-name wear-inventory --policy-document file://policies/wear.json
