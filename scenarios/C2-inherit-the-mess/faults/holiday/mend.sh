aws iam detach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Holiday
