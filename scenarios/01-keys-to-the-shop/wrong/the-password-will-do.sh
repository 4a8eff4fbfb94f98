# The key is gone, and the password is a good one.
aws iam delete-access-key --access-key-id @key
