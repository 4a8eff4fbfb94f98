#@ at 2025-11-03T08:00:00Z
# Three people close the shop in turn, in one role
aws iam create-user --user-name bo
aws iam create-access-key --user-name bo
aws iam create-user --user-name mina
aws iam create-access-key --user-name mina
aws iam create-user --user-name noor
aws iam create-access-key --user-name noor
aws iam create-role --role-name Closer --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Closer --policy-name closing --policy-document file://policies/closing.json
# Last evening, Mina closes the shop
#@ at 2026-03-01T20:02:00Z
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Closer --role-session-name mina --profile mina
aws dynamodb put-item --table-name Register --item '{"sale": {"S": "0412"}}' --profile mina/Closer
# Then Bo checks whether she still can
#@ at 2026-03-01T20:40:00Z
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Closer --role-session-name bo --profile bo
# At night, Noor calls her session bo, and purges the orders
#@ at 2026-03-01T23:14:00Z
#@ from 198.51.100.23
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Closer --role-session-name bo --profile noor
#@ from 198.51.100.23
aws sqs purge-queue --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --profile noor/Closer
