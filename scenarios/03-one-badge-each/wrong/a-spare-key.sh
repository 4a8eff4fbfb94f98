# Two keys for Casey, in case one is lost.
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-access-key --user-name robin
aws iam delete-access-key --user-name till --access-key-id @key
aws iam remove-user-from-group --group-name Cashiers --user-name till
aws iam delete-user --user-name till
