aws iam detach-group-policy --group-name Staff --policy-arn arn:aws:iam::111122223333:policy/Staff
