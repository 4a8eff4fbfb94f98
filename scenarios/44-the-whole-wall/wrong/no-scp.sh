# AWS's own policy replaces the list of the SCP.
#@ solution
#@ but not ShopWork
aws organizations attach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops --profile noor@console
