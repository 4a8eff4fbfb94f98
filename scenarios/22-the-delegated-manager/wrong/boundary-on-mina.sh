aws iam put-group-policy --group-name Managers --policy-name hiring --policy-document file://policies/hiring-no-ceiling.json
aws iam put-user-permissions-boundary --user-name mina --permissions-boundary arn:aws:iam::111122223333:policy/StaffBoundary
