aws iam update-role --role-name Cashier --max-session-duration 28800
aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document file://policies/stations-cashier-only.json
