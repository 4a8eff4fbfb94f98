aws organizations create-policy --name ShopRules --description "No shop leaves or goes dark" --type SERVICE_CONTROL_POLICY --content file://policies/shop-rules.json
aws organizations attach-policy --policy-id @policy:ShopRules --target-id 222233334444
