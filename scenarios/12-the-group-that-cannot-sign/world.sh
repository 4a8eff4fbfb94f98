aws iam create-user --user-name mina
aws iam create-user --user-name indra
aws iam create-user --user-name casey
aws iam create-group --group-name Managers
aws iam add-user-to-group --group-name Managers --user-name mina
aws iam add-user-to-group --group-name Managers --user-name indra
aws iam create-group --group-name RecipeReaders
aws iam create-policy --policy-name ReadRecipes --policy-document file://policies/read-recipes.json
aws iam attach-group-policy --group-name RecipeReaders --policy-arn arn:aws:iam::111122223333:policy/ReadRecipes
# This bucket has no public access block. New buckets have one by default
aws s3api delete-public-access-block --bucket coffeeshop-recipes
