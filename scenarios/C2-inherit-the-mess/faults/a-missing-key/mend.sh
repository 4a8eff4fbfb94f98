aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Code --set-as-default --policy-document file://policies/code.json
