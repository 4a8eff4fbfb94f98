# The recipes are stored again without the key
aws s3api copy-object --bucket coffeeshop-recipes --key espresso.md --copy-source coffeeshop-recipes/espresso.md --server-side-encryption AES256
aws s3api copy-object --bucket coffeeshop-recipes --key menu.pdf --copy-source coffeeshop-recipes/menu.pdf --server-side-encryption AES256
