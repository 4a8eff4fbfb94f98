# EC2 has ec2:ResourceTag. SQS has no such key of its own
#@ solution
#@ but stations.json -> stations-own-spelling.json
