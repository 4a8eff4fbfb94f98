# S3 allowed the call already. More S3 permissions don't help
aws iam put-group-policy --group-name Bakers --policy-name recipes --policy-document file://policies/all-of-s3.json
