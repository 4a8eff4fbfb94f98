aws iam create-policy --policy-name AllStations --policy-document file://policies/all-stations.json
aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json
aws iam attach-role-policy --role-name Cashier --policy-arn arn:aws:iam::111122223333:policy/AllStations
aws iam create-role --role-name Inventory --assume-role-policy-document file://policies/trust.json
aws iam attach-role-policy --role-name Inventory --policy-arn arn:aws:iam::111122223333:policy/AllStations
aws iam create-role --role-name OnlineOrders --assume-role-policy-document file://policies/trust.json
aws iam attach-role-policy --role-name OnlineOrders --policy-arn arn:aws:iam::111122223333:policy/AllStations
aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document file://policies/baristas.json
