# S3 allowed the call already. More of S3 opens no lock
aws iam put-group-policy --group-name Bakers --policy-name recipes --policy-document file://policies/all-of-s3.json
