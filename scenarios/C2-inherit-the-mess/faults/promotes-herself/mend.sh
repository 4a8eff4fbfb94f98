aws iam delete-group-policy --group-name Baristas --policy-name newcomers
