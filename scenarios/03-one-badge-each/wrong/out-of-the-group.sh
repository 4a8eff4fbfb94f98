# Out of the group it opens nothing, so its key may stay where it is.
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-access-key --user-name robin
aws iam remove-user-from-group --group-name Cashiers --user-name till
