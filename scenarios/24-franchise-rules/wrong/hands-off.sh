aws organizations create-policy --name HandsOff --description "Nobody touches these" --type SERVICE_CONTROL_POLICY --content file://policies/hands-off.json
aws organizations attach-policy --policy-id @policy:HandsOff --target-id @unit:Shops
