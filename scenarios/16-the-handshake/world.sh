aws iam create-user --user-name bo
aws iam create-user --user-name casey
aws iam create-group --group-name Baristas
aws iam add-user-to-group --group-name Baristas --user-name bo
aws iam add-user-to-group --group-name Baristas --user-name casey
aws iam create-role --role-name Inventory --assume-role-policy-document file://policies/trust-account.json
aws iam put-role-policy --role-name Inventory --policy-name stock --policy-document file://policies/stock.json
