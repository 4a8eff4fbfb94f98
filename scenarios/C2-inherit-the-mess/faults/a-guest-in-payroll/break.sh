#@ at 2025-12-08T10:00:00Z
aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy file://faults/a-guest-in-payroll/bucket.json
