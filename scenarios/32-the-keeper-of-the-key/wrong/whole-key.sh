# The role could also change the key policy and delete the key
#@ solution
#@ but key.json -> whole-key.json
