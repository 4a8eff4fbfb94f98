aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Cashier --policy-name sales --policy-document file://policies/cashier.json
aws iam create-role --role-name Inventory --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Inventory --policy-name stock --policy-document file://policies/inventory.json
aws iam create-role --role-name OnlineOrders --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name OnlineOrders --policy-name orders --policy-document file://policies/online-orders.json
aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document file://policies/baristas.json
