# The boundary names all three queues, so the other policy seems too much
#@ solution
aws iam detach-role-policy --role-name OrderBoard --policy-arn arn:aws:iam::aws:policy/AmazonSQSFullAccess
