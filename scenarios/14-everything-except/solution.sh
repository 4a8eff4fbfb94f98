aws iam delete-group-policy --group-name Staff --policy-name AllButBadges
aws iam put-group-policy --group-name Staff --policy-name work --policy-document file://policies/work.json
