aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document file://policies/stations.json
aws iam put-role-policy --role-name Inventory --policy-name stock --policy-document file://policies/inventory-with-till.json
