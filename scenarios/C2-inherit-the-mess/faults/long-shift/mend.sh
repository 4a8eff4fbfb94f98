aws iam update-role --role-name Cashier --max-session-duration 28800
