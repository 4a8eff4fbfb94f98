# Each station has a queue, and a group whose policy names it
aws sqs create-queue --queue-name espresso-orders
aws sqs create-queue --queue-name oven-orders
aws sqs create-queue --queue-name waffle-orders
aws iam create-group --group-name Espresso
aws iam put-group-policy --group-name Espresso --policy-name orders --policy-document file://policies/espresso.json
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Espresso --user-name robin
aws iam create-group --group-name Oven
aws iam put-group-policy --group-name Oven --policy-name orders --policy-document file://policies/oven.json
aws iam create-user --user-name noor
aws iam add-user-to-group --group-name Oven --user-name noor
# Kim is new. Sam counts the stations' orders
aws iam create-user --user-name kim
aws iam create-group --group-name Managers
aws iam put-group-policy --group-name Managers --policy-name counts --policy-document file://policies/two-counts.json
aws iam create-user --user-name sam
aws iam add-user-to-group --group-name Managers --user-name sam
# The board sends orders to the stations. Its role has AWS's policy for all of SQS, and a boundary
aws iam create-policy --policy-name BoardBoundary --policy-document file://policies/two-sends.json
aws iam create-role --role-name OrderBoard --assume-role-policy-document file://policies/trust.json --permissions-boundary arn:aws:iam::111122223333:policy/BoardBoundary
aws iam attach-role-policy --role-name OrderBoard --policy-arn arn:aws:iam::aws:policy/AmazonSQSFullAccess
aws lambda create-function --function-name order-board --role arn:aws:iam::111122223333:role/OrderBoard --runtime python3.13 --handler board.handler --cli-input-json '{"Code": {"ZipFile": "AA=="}}'
# Orders wait at every station
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/espresso-orders --message-body 'two flat whites'
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/oven-orders --message-body 'one rye loaf'
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/waffle-orders --message-body 'three waffles'
