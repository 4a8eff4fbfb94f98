aws sqs tag-queue --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --tags station=web
aws iam put-group-policy --group-name Stations --policy-name stations --policy-document file://policies/stations.json
aws iam delete-group-policy --group-name Oven --policy-name orders
aws iam delete-group-policy --group-name Waffles --policy-name orders
