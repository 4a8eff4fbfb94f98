# Create her user, and add it to the group that has the permission.
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
