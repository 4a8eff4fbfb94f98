#@ mends but broad-listing
aws iam delete-group-policy --group-name Cashiers --policy-name list
