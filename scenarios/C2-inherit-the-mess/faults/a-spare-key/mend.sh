aws iam delete-access-key --user-name casey --access-key-id @key:2
