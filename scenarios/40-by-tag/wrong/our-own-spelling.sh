# EC2 has ec2:ResourceTag. SQS has no key of that kind
#@ solution
#@ but stations.json -> stations-own-spelling.json
