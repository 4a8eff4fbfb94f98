# Whoever may not open payroll is not told so: a Deny for everybody is for Ada and the owner, too.
#@ solution
aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy file://policies/payroll-shut.json
