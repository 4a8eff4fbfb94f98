aws iam create-user --user-name casey
aws iam create-user --user-name robin
aws iam create-group --group-name Staff
aws iam add-user-to-group --group-name Staff --user-name casey
aws iam add-user-to-group --group-name Staff --user-name robin
aws iam put-group-policy --group-name Staff --policy-name AllButBadges --policy-document file://policies/all-but-badges.json
