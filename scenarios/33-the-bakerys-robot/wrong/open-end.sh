# The star begins inside the name, so a repository whose name only begins with menu gets in.
#@ solution
#@ but trust.json -> trust-prefix.json
