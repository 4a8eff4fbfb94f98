# Sam's key is deactivated. The user still exists, and anyone who can change keys can activate it.
#@ solution
#@ but not iam delete-access-key --user-name sam
#@ but not iam remove-user-from-group --user-name sam
#@ but not iam delete-user --user-name sam
aws iam update-access-key --user-name sam --access-key-id @key --status Inactive
