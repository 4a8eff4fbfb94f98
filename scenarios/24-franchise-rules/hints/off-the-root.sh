aws organizations attach-policy --policy-id @policy:ShopRules --target-id @unit:Shops
aws organizations detach-policy --policy-id @policy:ShopRules --target-id @root
