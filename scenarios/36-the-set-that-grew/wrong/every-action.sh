# All S3 actions on the recipes also let the bakers delete them.
#@ solution
#@ but recipes.json -> every-action.json
