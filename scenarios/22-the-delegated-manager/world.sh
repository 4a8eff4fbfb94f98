# The ceiling for everybody who is hired, and the policy of a cashier
aws iam create-policy --policy-name StaffBoundary --policy-document file://policies/staff-boundary.json
aws iam create-policy --policy-name CashierPolicy --policy-document file://policies/cashier.json
# Sam came before there was a ceiling; Robin came last week, under it
aws iam create-user --user-name sam --path /staff/
aws iam create-user --user-name robin --path /staff/ --permissions-boundary arn:aws:iam::111122223333:policy/StaffBoundary
aws iam create-user --user-name mina
aws iam create-access-key --user-name mina
aws iam create-group --group-name Managers
aws iam add-user-to-group --group-name Managers --user-name mina
