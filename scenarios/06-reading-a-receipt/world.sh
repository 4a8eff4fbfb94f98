# Casey can already list the receipts, through a policy on her user
aws iam create-user --user-name casey
aws iam create-policy --policy-name Receipts --policy-document file://policies/list.json
aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Receipts
