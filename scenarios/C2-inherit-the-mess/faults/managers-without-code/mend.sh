aws iam attach-group-policy --group-name Managers --policy-arn arn:aws:iam::111122223333:policy/Code
