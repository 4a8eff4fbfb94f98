aws organizations update-policy --policy-id @policy:ShopWork --content file://policies/shop-work-blank.json --profile noor@console
aws organizations detach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops --profile noor@console
