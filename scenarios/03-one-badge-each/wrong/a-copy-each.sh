# The permission is written on each of the two users.
aws iam create-user --user-name casey
aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://policies/receipts.json
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam put-user-policy --user-name robin --policy-name receipts --policy-document file://policies/receipts.json
aws iam create-access-key --user-name robin
aws iam delete-access-key --user-name till --access-key-id @key
aws iam remove-user-from-group --group-name Cashiers --user-name till
aws iam delete-user --user-name till
