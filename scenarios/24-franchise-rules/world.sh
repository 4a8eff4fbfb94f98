# Two more accounts: the franchise's, and that of a roastery which delivers to the shops
#@ account 222233334444 franchise
#@ account 333344445555 roastery

# Noor runs the franchise from its own account
aws iam create-group --group-name Owners --profile franchise
aws iam attach-group-policy --group-name Owners --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile franchise
aws iam create-user --user-name noor --profile franchise
aws iam add-user-to-group --group-name Owners --user-name noor --profile franchise
aws iam create-login-profile --user-name noor --password 'Cold-brew-at-5' --profile franchise

# Its organization: shops in one unit, suppliers in another
aws organizations create-organization --profile franchise
aws organizations create-organizational-unit --parent-id @root --name Shops --profile franchise
aws organizations create-organizational-unit --parent-id @root --name Suppliers --profile franchise
aws organizations invite-account-to-organization --target Id=111122223333,Type=ACCOUNT --profile franchise
aws organizations accept-handshake --handshake-id @invitation
aws organizations move-account --account-id 111122223333 --source-parent-id @root --destination-parent-id @unit:Shops --profile franchise
aws organizations invite-account-to-organization --target Id=333344445555,Type=ACCOUNT --profile franchise
aws organizations accept-handshake --handshake-id @invitation --profile roastery
aws organizations move-account --account-id 333344445555 --source-parent-id @root --destination-parent-id @unit:Suppliers --profile franchise

# The shop's audit trail records calls
aws s3api create-bucket --bucket coffeeshop-trail
aws s3api put-bucket-policy --bucket coffeeshop-trail --policy file://policies/trail-bucket.json
aws cloudtrail create-trail --name coffeeshop-trail --s3-bucket-name coffeeshop-trail
aws cloudtrail start-logging --name coffeeshop-trail

# Casey's user is new, and has no permissions
aws iam create-user --user-name casey
