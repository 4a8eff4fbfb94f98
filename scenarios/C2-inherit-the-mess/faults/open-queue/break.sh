#@ at 2025-10-13T10:00:00Z
aws sqs set-queue-attributes --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --attributes file://faults/open-queue/attributes.json
