aws iam create-user --user-name bo
aws iam create-group --group-name Baristas
aws iam add-user-to-group --group-name Baristas --user-name bo
aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Cashier --policy-name sales --policy-document file://policies/sales.json
aws iam create-role --role-name OnlineOrders --max-session-duration 28800 --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name OnlineOrders --policy-name orders --policy-document file://policies/orders.json
aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document file://policies/stations.json
aws iam create-access-key --user-name bo
# Bo assumes a role on the tablet this morning
#@ at 2026-03-02T07:30:00Z
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/OnlineOrders --role-session-name tablet --duration-seconds 28800 --profile bo
