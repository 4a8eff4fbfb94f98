aws iam delete-access-key --user-name espresso-bot --access-key-id @key
aws iam delete-user-policy --user-name espresso-bot --policy-name orders
aws iam delete-user --user-name espresso-bot
