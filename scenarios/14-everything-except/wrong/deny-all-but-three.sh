aws iam delete-group-policy --group-name Staff --policy-name AllButBadges
aws iam put-group-policy --group-name Staff --policy-name OnlyThese --policy-document file://policies/deny-all-but-three.json
