aws iam remove-user-from-group --group-name Cashiers --user-name casey
aws iam remove-user-from-group --group-name Openers --user-name casey
aws iam update-assume-role-policy --role-name Cashier --policy-document file://policies/trust-bo.json
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/recipes-mina.json
