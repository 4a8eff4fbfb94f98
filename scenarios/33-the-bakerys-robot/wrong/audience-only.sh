# The audience is the same for every repository on GitHub, and AWS refuses such a trust policy.
#@ solution
#@ but trust.json -> trust-audience.json
#@ but not put-role-policy
