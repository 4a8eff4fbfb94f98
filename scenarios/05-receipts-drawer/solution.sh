aws iam create-policy --policy-name Receipts --policy-document file://policies/receipts.json
aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Receipts
