# flyer-printer isn't a person's name, so delete it.
aws iam delete-access-key --user-name flyer-printer --access-key-id @key
aws iam remove-user-from-group --group-name Printers --user-name flyer-printer
aws iam delete-user --user-name flyer-printer
aws iam delete-access-key --user-name till-2024 --access-key-id @key
aws iam delete-login-profile --user-name jo-intern
aws iam delete-access-key --user-name robin --access-key-id @key:2
aws iam delete-access-key --access-key-id @key --profile root@console
