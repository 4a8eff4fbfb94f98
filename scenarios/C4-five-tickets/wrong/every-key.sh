# Whichever key it is, Kim can decrypt.
#@ solution
#@ but recipes.json -> recipes-every-key.json
