aws iam add-user-to-group --group-name RecipeReaders --user-name mina
aws iam add-user-to-group --group-name RecipeReaders --user-name indra
