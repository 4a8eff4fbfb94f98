# All of S3 on the recipes lets the bakers delete them, too.
#@ solution
#@ but recipes.json -> every-action.json
