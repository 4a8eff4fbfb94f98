# The incident first: close the ways in, remove what was left behind, go back to work
aws iam delete-access-key --user-name robin --access-key-id @key
aws iam put-user-policy --user-name robin --policy-name revoke --policy-document file://policies/revoke.json
aws iam delete-access-key --user-name svc2 --access-key-id @key
aws iam detach-user-policy --user-name svc2 --policy-arn arn:aws:iam::111122223333:policy/Till
aws iam delete-user --user-name svc2
aws iam set-default-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --version-id v1
aws iam delete-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --version-id v2
aws iam remove-user-from-group --group-name StandIns --user-name robin
aws iam create-access-key --user-name robin

# The delegate
aws iam put-group-policy --group-name Managers --policy-name hiring --policy-document file://policies/hiring.json

# The partner
aws iam create-role --role-name OrdersExport --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name OrdersExport --policy-name export --policy-document file://policies/export.json

# The rule for the shops, by Noor
aws organizations create-policy --name ShopRules --description "No shop leaves or goes dark" --type SERVICE_CONTROL_POLICY --content file://policies/shop-rules.json --profile noor@console
aws organizations attach-policy --policy-id @policy:ShopRules --target-id @unit:Shops --profile noor@console

# In the evening: Casey
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/recipes-mina.json
aws iam delete-access-key --user-name casey --access-key-id @key
aws iam remove-user-from-group --group-name Cashiers --user-name casey
aws iam delete-login-profile --user-name casey
aws iam delete-user --user-name casey
