# AWS's own policy instead of a list that always lacks something.
#@ solution
#@ but not ShopWork
aws organizations attach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops --profile noor@console
