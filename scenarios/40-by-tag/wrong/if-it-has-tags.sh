# A list of the keys that can be set, and the value, if it is set
#@ solution
#@ but stations.json -> stations-if-exists.json
