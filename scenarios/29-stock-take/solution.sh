# Four rows of the report show credentials that no one used
aws iam delete-access-key --user-name till-2024 --access-key-id @key
aws iam delete-login-profile --user-name jo-intern
aws iam delete-access-key --user-name robin --access-key-id @key:2
aws iam delete-access-key --access-key-id @key --profile root@console
