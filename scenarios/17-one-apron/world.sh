aws iam create-user --user-name bo
aws iam create-group --group-name Baristas
aws iam add-user-to-group --group-name Baristas --user-name bo
aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Cashier --policy-name sales --policy-document file://policies/cashier.json
aws iam create-role --role-name Inventory --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Inventory --policy-name stock --policy-document file://policies/inventory.json
aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document file://policies/stations-with-leftover.json
