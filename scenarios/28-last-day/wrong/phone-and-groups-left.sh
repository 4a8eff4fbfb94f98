aws iam delete-login-profile --user-name casey
aws iam delete-access-key --user-name casey --access-key-id @key:2
aws iam delete-access-key --user-name casey --access-key-id @key
aws iam delete-user-policy --user-name casey --policy-name stock-take
aws iam update-assume-role-policy --role-name Cashier --policy-document file://policies/trust-bo.json
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/recipes-mina.json
aws iam delete-user --user-name casey
