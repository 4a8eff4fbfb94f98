# Creating with tags needs to tag
#@ solution
#@ but stations.json -> stations-no-tagging.json
