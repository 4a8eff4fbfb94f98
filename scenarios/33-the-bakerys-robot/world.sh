# The menu, and the user whose key the workflow keeps as a secret on GitHub
aws s3api create-bucket --bucket coffeeshop-menu
aws s3api put-object --bucket coffeeshop-menu --key menu.json
aws iam create-user --user-name menu-robot
aws iam put-user-policy --user-name menu-robot --policy-name menu --policy-document file://policies/menu.json
aws iam create-access-key --user-name menu-robot
