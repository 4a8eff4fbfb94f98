aws iam set-default-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --version-id v1
aws iam delete-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --version-id v2
