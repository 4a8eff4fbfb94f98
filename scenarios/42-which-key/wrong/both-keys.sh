# Without any key, no screen shows a recipe.
#@ solution
aws iam delete-access-key --user-name kiosk --access-key-id @key
