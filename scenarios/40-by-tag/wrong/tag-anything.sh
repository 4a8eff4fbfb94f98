# Whoever tags a queue gives it their own station. It can be any queue
#@ solution
#@ but stations.json -> stations-retag.json
