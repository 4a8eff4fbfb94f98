# The bucket's policy says already who reads the counts.
#@ solution
aws organizations detach-policy --policy-id @policy:OwnPeople --target-id @unit:Shops --profile noor@console
