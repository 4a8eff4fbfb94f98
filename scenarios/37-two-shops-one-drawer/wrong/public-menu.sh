# S3 refuses this bucket policy until nothing blocks public access. Then the whole world opens the menu.
aws s3api delete-public-access-block --bucket coffeeshop-recipes
#@ solution
#@ but bucket.json -> no-condition.json
