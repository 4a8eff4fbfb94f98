# Create a user and a key for each person, and add them to the group
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-access-key --user-name robin

# Delete the shared user, after its key and its group membership
aws iam delete-access-key --user-name till --access-key-id @key
#@ optional: without a key, no one can act as till
aws iam remove-user-from-group --group-name Cashiers --user-name till
#@ optional: without a key, the user can stay
aws iam delete-user --user-name till
