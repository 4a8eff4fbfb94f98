# The SCP refuses the call, so it was detached.
#@ solution
#@ but not ShopRules
aws organizations detach-policy --policy-id @policy:ShopRules --target-id @unit:Shops --profile noor@console
