# The queue without a tag is left out by name
#@ solution
#@ but not tag-queue
#@ but stations.json -> stations-not-web.json
