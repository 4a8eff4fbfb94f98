#@ optional: she needs one to work with
aws iam create-access-key --user-name robin
aws iam delete-access-key --user-name robin --access-key-id @key:1
