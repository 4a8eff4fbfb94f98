aws iam remove-user-from-group --group-name Managers --user-name robin
