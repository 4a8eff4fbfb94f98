#@ at 2025-08-25T10:00:00Z
aws s3api delete-public-access-block --bucket coffeeshop-recipes
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://faults/open-recipes/bucket.json
