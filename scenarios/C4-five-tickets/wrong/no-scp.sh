# The rule is in the way, so it goes.
#@ solution
#@ but not ShopRules
aws organizations detach-policy --policy-id @policy:ShopRules --target-id @unit:Shops --profile noor@console
