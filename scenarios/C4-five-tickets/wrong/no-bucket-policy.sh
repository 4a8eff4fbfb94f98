# Without the bucket policy, nothing denies the request.
#@ solution
#@ but not put-bucket-policy
aws s3api delete-bucket-policy --bucket coffeeshop-receipts
