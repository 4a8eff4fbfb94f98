# Robin was also refused, but from the shop and in the afternoon.
aws iam delete-access-key --user-name robin --access-key-id @key
aws iam put-group-policy --group-name Screens --policy-name menu --policy-document file://policies/menu.json
