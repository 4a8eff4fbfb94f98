# The partner's role, without the id that the partner must say.
#@ solution
#@ but trust.json -> trust-no-id.json
