# Creating a queue with tags also needs the permission to tag
#@ solution
#@ but stations.json -> stations-no-tagging.json
