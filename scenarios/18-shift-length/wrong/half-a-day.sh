aws iam update-role --role-name Cashier --max-session-duration 43200
aws iam put-role-policy --role-name OnlineOrders --policy-name RevokeOld --policy-document file://policies/revoke-old.json
