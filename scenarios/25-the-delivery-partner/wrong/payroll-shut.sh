# A Deny for everyone in the bucket policy also stops Ada and root.
#@ solution
aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy file://policies/payroll-shut.json
