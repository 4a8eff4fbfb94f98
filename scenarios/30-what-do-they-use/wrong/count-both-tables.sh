aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Staff --set-as-default --policy-document file://policies/both-tables.json
