# Without the policy, nothing denies it.
#@ solution
#@ but not put-bucket-policy
aws s3api delete-bucket-policy --bucket coffeeshop-receipts
