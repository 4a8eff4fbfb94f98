aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document file://policies/stations.json
