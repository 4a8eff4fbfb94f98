# The boundary for everyone who is hired, and the cashiers' policy
aws iam create-policy --policy-name StaffBoundary --policy-document file://policies/staff-boundary.json
aws iam create-policy --policy-name CashierPolicy --policy-document file://policies/cashier.json
# Sam was hired before the boundary existed. Robin was hired last week, with it
aws iam create-user --user-name sam --path /staff/
aws iam create-user --user-name robin --path /staff/ --permissions-boundary arn:aws:iam::111122223333:policy/StaffBoundary
aws iam create-user --user-name mina
aws iam create-access-key --user-name mina
aws iam create-group --group-name Managers
aws iam add-user-to-group --group-name Managers --user-name mina
