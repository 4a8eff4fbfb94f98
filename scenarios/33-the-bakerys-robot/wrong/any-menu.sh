# The star is where the organization's name should be, so a copy of the repository gets in.
#@ solution
#@ but trust.json -> trust-forks.json
