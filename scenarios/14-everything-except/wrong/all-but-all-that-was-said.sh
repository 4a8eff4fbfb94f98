aws iam put-group-policy --group-name Staff --policy-name AllButBadges --policy-document file://policies/all-but-all-that-was-said.json
