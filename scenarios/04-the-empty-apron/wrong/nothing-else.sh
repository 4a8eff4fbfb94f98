# Add her to the group, and deny everything else, to be safe.
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam put-group-policy --group-name Cashiers --policy-name nothing-else --policy-document file://policies/nothing.json
