# Mina's key was used only from the shop. Now her own program has a key that doesn't work.
#@ solution
aws iam delete-access-key --user-name mina --access-key-id @key
aws iam create-access-key --user-name mina
