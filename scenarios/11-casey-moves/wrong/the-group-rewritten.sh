aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/stock.json
aws iam detach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/temp-fix
