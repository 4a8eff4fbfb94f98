aws iam put-group-policy --group-name Staff --policy-name AllButBadges --policy-document file://policies/allow-and-deny.json
