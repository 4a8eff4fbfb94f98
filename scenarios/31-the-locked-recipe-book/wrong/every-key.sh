# The action is right, but it is allowed with every key
#@ solution
#@ but unlock.json -> every-key.json
