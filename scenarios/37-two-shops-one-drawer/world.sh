# A second account of the same owner: the shop at the harbour. Both are in one organization
#@ account 222233334444 harbour
aws organizations create-organization
aws organizations invite-account-to-organization --target Id=222233334444,Type=ACCOUNT
aws organizations accept-handshake --handshake-id @invitation --profile harbour

# Lena administers the account of the harbour
aws iam create-group --group-name Admins --profile harbour
aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile harbour
aws iam create-user --user-name lena --profile harbour
aws iam add-user-to-group --group-name Admins --user-name lena --profile harbour
aws iam create-login-profile --user-name lena --password 'Sea-salt-at-6' --profile harbour

# Two roles there: Cashier opens every file that S3 lets it open, and Baker has no policy yet
aws iam create-role --role-name Baker --assume-role-policy-document file://policies/trust.json --profile harbour
aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json --profile harbour
aws iam put-role-policy --role-name Cashier --policy-name files --policy-document file://policies/every-file.json --profile harbour

# The recipes, in folders
aws s3api put-object --bucket coffeeshop-recipes --key shared/espresso.md
aws s3api put-object --bucket coffeeshop-recipes --key secret/blend.md
aws s3api put-object --bucket coffeeshop-recipes --key menu/today.pdf
