aws iam delete-access-key --user-name till-2024 --access-key-id @key --profile root@console
aws iam delete-login-profile --user-name jo-intern --profile root@console
aws iam delete-access-key --user-name robin --access-key-id @key:2 --profile root@console
aws iam delete-access-key --access-key-id @key --profile root@console
