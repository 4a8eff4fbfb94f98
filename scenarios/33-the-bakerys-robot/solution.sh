aws iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com
aws iam create-role --role-name MenuDeploy --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name MenuDeploy --policy-name menu --policy-document file://policies/menu.json
aws iam delete-access-key --user-name menu-robot --access-key-id @key
aws iam delete-user-policy --user-name menu-robot --policy-name menu
aws iam delete-user --user-name menu-robot
