aws organizations attach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops
aws organizations create-policy --name ShopRules --description "No shop leaves or goes dark" --type SERVICE_CONTROL_POLICY --content '{"Version": "2012-10-17", "Statement": [{"Sid": "StayAndBeSeen", "Effect": "Deny", "Action": ["organizations:LeaveOrganization", "cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], "Resource": "*"}]}'
aws organizations attach-policy --policy-id @policy:ShopRules --target-id @unit:Shops
