# Since last month, any workflow of the repository can write the menu
aws s3api create-bucket --bucket coffeeshop-menu
aws s3api put-object --bucket coffeeshop-menu --key live/menu.json
aws iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com
aws iam create-role --role-name MenuDeploy --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name MenuDeploy --policy-name menu --policy-document file://policies/menu.json
