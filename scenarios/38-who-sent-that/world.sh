# The shop at the harbour and a stranger have accounts of their own. The harbour is in our organization
#@ account 222233334444 harbour
#@ account 777788889999 stranger
aws organizations create-organization
aws organizations invite-account-to-organization --target Id=222233334444,Type=ACCOUNT
aws organizations accept-handshake --handshake-id @invitation --profile harbour

# The harbour's screens show the menu
aws iam create-role --role-name Screen --assume-role-policy-document file://policies/trust.json --profile harbour
aws iam put-role-policy --role-name Screen --policy-name menu --policy-document file://policies/screen.json --profile harbour
aws s3api put-object --bucket coffeeshop-recipes --key menu/today.pdf

# S3 refused the menu's policy, so someone turned off Block Public Access
aws s3api delete-public-access-block --bucket coffeeshop-recipes
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/menu-before.json

# Our trail, and its bucket
aws s3api create-bucket --bucket coffeeshop-trail
aws s3api put-bucket-policy --bucket coffeeshop-trail --policy file://policies/trail-before.json
aws cloudtrail create-trail --name coffeeshop-trail --s3-bucket-name coffeeshop-trail
aws cloudtrail start-logging --name coffeeshop-trail

# At night, the stranger's trail names our bucket
#@ at 2026-03-02T02:10:00Z
aws cloudtrail create-trail --name audit --s3-bucket-name coffeeshop-trail --profile stranger
aws cloudtrail start-logging --name audit --profile stranger
