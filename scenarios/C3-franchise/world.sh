# The franchise, and the two other shops that are in it
#@ account 222233334444 franchise
#@ account 333344445555 north
#@ account 555566667777 south
#@ at 2026-01-12T08:00:00Z
aws iam create-group --group-name Owners --profile franchise
aws iam attach-group-policy --group-name Owners --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile franchise
aws iam create-user --user-name noor --profile franchise
aws iam add-user-to-group --group-name Owners --user-name noor --profile franchise
aws iam create-login-profile --user-name noor --password 'Cold-brew-at-5' --profile franchise
aws organizations create-organization --profile franchise
aws organizations create-organizational-unit --parent-id @root --name Shops --profile franchise
aws organizations invite-account-to-organization --target Id=111122223333,Type=ACCOUNT --profile franchise
aws organizations accept-handshake --handshake-id @invitation
aws organizations move-account --account-id 111122223333 --source-parent-id @root --destination-parent-id @unit:Shops --profile franchise
aws organizations invite-account-to-organization --target Id=333344445555,Type=ACCOUNT --profile franchise
aws organizations accept-handshake --handshake-id @invitation --profile north
aws organizations move-account --account-id 333344445555 --source-parent-id @root --destination-parent-id @unit:Shops --profile franchise
aws organizations invite-account-to-organization --target Id=555566667777,Type=ACCOUNT --profile franchise
aws organizations accept-handshake --handshake-id @invitation --profile south
aws organizations move-account --account-id 555566667777 --source-parent-id @root --destination-parent-id @unit:Shops --profile franchise

# The audit trail
aws s3api create-bucket --bucket coffeeshop-trail
aws s3api put-bucket-policy --bucket coffeeshop-trail --policy file://policies/trail-bucket.json
aws cloudtrail create-trail --name coffeeshop-trail --s3-bucket-name coffeeshop-trail
aws cloudtrail start-logging --name coffeeshop-trail

# Cashiers: Robin, and Casey, who leaves tonight
aws iam create-group --group-name Cashiers
aws iam create-policy --policy-name Till --policy-document file://policies/till.json
aws iam attach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Till
aws iam create-user --user-name robin
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name robin
aws iam create-access-key --user-name casey
aws iam create-login-profile --user-name casey --password 'Flat-white-2'

# Mina, who will hire people, the boundary for those people, and Sam, who has it
aws iam create-policy --policy-name StaffBoundary --policy-document file://policies/staff-boundary.json
aws iam create-policy --policy-name CashierPolicy --policy-document file://policies/cashier.json
aws iam create-user --user-name sam --path /staff/ --permissions-boundary arn:aws:iam::111122223333:policy/StaffBoundary
aws iam create-user --user-name mina
aws iam create-access-key --user-name mina
aws iam create-group --group-name Managers
aws iam add-user-to-group --group-name Managers --user-name mina
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/recipes.json

# Last week, Robin stood in for Ada
#@ at 2026-02-23T08:00:00Z
aws iam create-group --group-name StandIns
aws iam put-group-policy --group-name StandIns --policy-name hiring --policy-document file://policies/stand-ins.json
aws iam add-user-to-group --group-name StandIns --user-name robin

# At noon, the thief
#@ at 2026-03-02T12:05:00Z
aws sts get-session-token --duration-seconds 43200 --profile robin
#@ at 2026-03-02T12:09:00Z
aws iam create-user --user-name svc2 --profile robin
aws iam create-access-key --user-name svc2 --profile robin
aws iam attach-user-policy --user-name svc2 --policy-arn arn:aws:iam::111122223333:policy/Till --profile robin
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --policy-document file://policies/till-v2-thief.json --set-as-default --profile robin
