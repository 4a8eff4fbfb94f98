aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/bucket-names-everybody.json
