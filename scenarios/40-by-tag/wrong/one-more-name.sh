# The oven's policy also names the second queue
#@ solution
#@ but stations.json -> stations-open-only.json
#@ but not delete-group-policy --group-name
aws iam put-group-policy --group-name Oven --policy-name orders --policy-document file://policies/oven-twice.json
