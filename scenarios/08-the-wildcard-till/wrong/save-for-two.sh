# Every action, with a Deny for the two that the brief names.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/save-for-two.json
