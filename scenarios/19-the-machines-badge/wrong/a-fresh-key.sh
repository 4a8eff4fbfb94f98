aws iam put-role-policy --role-name espresso-role --policy-name orders --policy-document file://policies/orders.json
aws lambda update-function-configuration --function-name espresso-api --environment '{"Variables": {}}'
aws iam delete-access-key --user-name espresso-bot --access-key-id @key
aws iam create-access-key --user-name espresso-bot
