# Every repository of the shop gets in, and not only the menu's.
#@ solution
#@ but trust.json -> trust-organization.json
