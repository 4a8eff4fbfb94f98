# The bucket's policy already says who can read the counts, so the RCP was detached.
#@ solution
aws organizations detach-policy --policy-id @policy:OwnPeople --target-id @unit:Shops --profile noor@console
