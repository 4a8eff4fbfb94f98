aws iam update-role --role-name Cashier --max-session-duration 28800
aws iam update-assume-role-policy --role-name OnlineOrders --policy-document file://policies/trust-from-the-shop.json
