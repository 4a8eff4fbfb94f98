# Anyone can give any queue the tag of their own station
#@ solution
#@ but stations.json -> stations-retag.json
