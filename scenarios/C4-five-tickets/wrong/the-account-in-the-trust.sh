# The account is trusted, and Bo is in it.
#@ solution
#@ but trust.json -> trust-account.json
