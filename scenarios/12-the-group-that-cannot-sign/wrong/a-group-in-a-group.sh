aws iam add-user-to-group --group-name RecipeReaders --user-name Managers
