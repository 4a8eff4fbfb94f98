# Kim can decrypt with every key.
#@ solution
#@ but recipes.json -> recipes-every-key.json
