aws iam delete-access-key --user-name till --access-key-id @key
#@ optional: without a key nobody can show it
aws iam delete-user --user-name till
