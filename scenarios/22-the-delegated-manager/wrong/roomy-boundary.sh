aws iam put-group-policy --group-name Managers --policy-name hiring --policy-document file://policies/hiring.json
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --policy-document file://policies/roomy-boundary.json --set-as-default
