aws s3api create-bucket --bucket AWSDOC-EXAMPLE-BUCKET
aws s3api put-object --bucket AWSDOC-EXAMPLE-BUCKET --key 2026/03/0411.json
aws s3api put-object --bucket AWSDOC-EXAMPLE-BUCKET --key 2026/03/0412.json
aws iam create-user --user-name casey
