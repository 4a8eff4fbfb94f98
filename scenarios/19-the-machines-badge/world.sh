aws iam create-user --user-name indra
aws iam create-access-key --user-name indra
# The machine's user, from the time before it had a role. The settings contain the id of its key
aws iam create-user --user-name espresso-bot
aws iam put-user-policy --user-name espresso-bot --policy-name orders --policy-document file://policies/every-queue.json
aws iam create-access-key --user-name espresso-bot
aws lambda update-function-configuration --function-name espresso-api --environment '{"Variables": {"ACCESS_KEY_ID": "AKIA4N6NXO4NGNC7YE56"}}'
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --message-body 'two flat whites'
