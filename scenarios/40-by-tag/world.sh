# The shop by name: each station has a queue, and a group whose policy names it
aws sqs create-queue --queue-name oven-orders
aws sqs create-queue --queue-name waffle-orders
aws iam create-group --group-name Oven
aws iam put-group-policy --group-name Oven --policy-name orders --policy-document file://policies/oven.json
aws iam create-user --user-name noor
aws iam add-user-to-group --group-name Oven --user-name noor
aws iam create-group --group-name Waffles
aws iam put-group-policy --group-name Waffles --policy-name orders --policy-document file://policies/waffles.json
aws iam create-user --user-name kim
aws iam add-user-to-group --group-name Waffles --user-name kim
# The oven has a second queue now
aws sqs create-queue --queue-name oven-cakes --tags station=oven
# Ada tags the stations' people and queues, and puts everyone in one group
aws sqs tag-queue --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/oven-orders --tags station=oven
aws sqs tag-queue --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/waffle-orders --tags station=waffles
aws iam tag-user --user-name noor --tags Key=station,Value=oven
aws iam tag-user --user-name kim --tags Key=station,Value=waffles
aws iam create-group --group-name Stations
aws iam add-user-to-group --group-name Stations --user-name noor
aws iam add-user-to-group --group-name Stations --user-name kim
# Orders wait in every queue
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/oven-orders --message-body 'one rye loaf'
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/oven-cakes --message-body 'one plum cake'
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/waffle-orders --message-body 'three waffles'
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --message-body 'two flat whites'
