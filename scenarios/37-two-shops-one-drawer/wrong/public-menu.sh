# S3 refuses this bucket policy unless public access isn't blocked. Then the whole world can open the menu.
aws s3api delete-public-access-block --bucket coffeeshop-recipes
#@ solution
#@ but bucket.json -> no-condition.json
