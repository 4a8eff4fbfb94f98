# The partner's role doesn't require the external id.
#@ solution
#@ but trust.json -> trust-no-id.json
