aws iam remove-user-from-group --group-name Cashiers --user-name indra
