# The star stands where the organization is named, so a copy of the repository gets in.
#@ solution
#@ but trust.json -> trust-forks.json
