# The trust policy has a subject, but its star covers every repository on GitHub.
#@ solution
#@ but trust.json -> trust-everybody.json
