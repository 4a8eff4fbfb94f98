aws organizations attach-policy --policy-id @policy:ShopRules --target-id @unit:Shops
