# Our side: a bucket policy
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/bucket.json
# The harbour's side: a policy on the role
aws iam put-role-policy --role-name Baker --policy-name recipes --policy-document file://policies/baker.json --profile lena@console
