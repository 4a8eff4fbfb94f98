# Everything, save for the two that the brief forbids.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/save-for-two.json
