aws organizations create-policy --name ShopWork --description "What a shop does" --type SERVICE_CONTROL_POLICY --content file://policies/receipts-only.json
aws organizations attach-policy --policy-id @policy:ShopWork --target-id @unit:Shops
aws organizations detach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops
