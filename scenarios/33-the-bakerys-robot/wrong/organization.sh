# Every repository of the shop's organization gets in, not only the menu's.
#@ solution
#@ but trust.json -> trust-organization.json
