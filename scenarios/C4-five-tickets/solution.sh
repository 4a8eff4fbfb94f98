# Kim: the policy names the new key
aws iam put-group-policy --group-name Bakers --policy-name recipes --policy-document file://policies/recipes.json
# Robin: the boundary lets sales be written
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffLimit --policy-document file://policies/staff-limit.json --set-as-default
# Sam: the SCP names what must never happen to the orders, by Noor
aws organizations update-policy --policy-id @policy:ShopRules --content file://policies/shop-rules.json --profile noor@console
# Bo: the trust policy names both who close the shop
aws iam update-assume-role-policy --role-name Closer --policy-document file://policies/trust.json
# Casey: the bucket's policy names today's network
aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy file://policies/receipts.json
