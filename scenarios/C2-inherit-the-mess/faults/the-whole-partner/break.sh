#@ at 2026-01-05T10:00:00Z
aws s3api put-bucket-policy --bucket coffeeshop-orders-export --policy file://faults/the-whole-partner/bucket.json
