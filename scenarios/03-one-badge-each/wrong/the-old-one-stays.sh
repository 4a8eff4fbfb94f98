# Both have their own now. Nobody will use the old one, surely.
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-access-key --user-name robin
