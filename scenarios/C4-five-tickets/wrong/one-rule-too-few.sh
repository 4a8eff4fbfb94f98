# The rule for the orders is right, but the one for trails is gone.
#@ solution
aws organizations update-policy --policy-id @policy:ShopRules --content '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["sqs:PurgeQueue", "sqs:DeleteQueue"], "Resource": "arn:aws:sqs:*:*:online-orders"}]}' --profile noor@console
