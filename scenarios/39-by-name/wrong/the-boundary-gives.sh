# The boundary names all three queues, so the role's other policy seems unnecessary
#@ solution
aws iam detach-role-policy --role-name OrderBoard --policy-arn arn:aws:iam::aws:policy/AmazonSQSFullAccess
