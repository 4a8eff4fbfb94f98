aws iam delete-access-key --access-key-id @key --profile root@console
