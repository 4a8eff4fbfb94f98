# Mina stays in the group, and a Deny keeps her from writing. She still lists the policies.
aws iam delete-group-policy --group-name Cashiers --policy-name night
aws iam put-group-policy --group-name Managers --policy-name no-writing --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:PutGroupPolicy", "Resource": "arn:aws:iam::111122223333:group/Cashiers", "Condition": {"StringEquals": {"aws:username": "mina"}}}}'
