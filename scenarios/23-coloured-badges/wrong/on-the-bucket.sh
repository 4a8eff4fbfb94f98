aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy file://policies/on-the-bucket.json
