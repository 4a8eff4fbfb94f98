aws iam put-group-policy --group-name Baristas --policy-name wear-inventory --policy-document file://policies/wear.json
