aws iam put-role-policy --role-name espresso-role --policy-name orders --policy-document file://policies/orders.json
aws lambda update-function-configuration --function-name espresso-api --environment '{"Variables": {}}'
aws iam delete-access-key --user-name espresso-bot --access-key-id @key
aws iam delete-user-policy --user-name espresso-bot --policy-name orders
aws iam delete-user --user-name espresso-bot
