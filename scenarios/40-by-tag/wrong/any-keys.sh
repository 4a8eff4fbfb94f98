# The value of the tag is checked. Other tags aren't
#@ solution
#@ but stations.json -> stations-any-keys.json
