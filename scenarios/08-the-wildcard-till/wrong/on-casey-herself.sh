# The right two actions, but on the only user in the group.
aws iam put-user-policy --user-name casey --policy-name Till --policy-document file://policies/till.json
aws iam delete-group-policy --group-name Cashiers --policy-name Till
