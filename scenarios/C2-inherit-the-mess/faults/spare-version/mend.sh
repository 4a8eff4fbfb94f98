aws iam delete-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --version-id v2
