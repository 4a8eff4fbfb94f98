# The trust policy names the account, and Bo is in it.
#@ solution
#@ but trust.json -> trust-account.json
