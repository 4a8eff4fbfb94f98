aws sqs set-queue-attributes --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --attributes '{"Policy": ""}'
