# Two KMS keys: one locks the recipe book, the other the payroll
aws kms create-key --description 'Locks the recipe book'
aws kms create-alias --alias-name alias/recipes --target-key-id ed159e09-3fd2-f284-8e08-10d8587606b4
aws kms create-key --description 'Locks the payroll'
aws kms create-alias --alias-name alias/payroll --target-key-id 6c9e9f2c-d4e4-6200-bb63-814914ab9f0a

# The recipes are encrypted again, and so are new ones
aws s3api put-bucket-encryption --bucket coffeeshop-recipes --server-side-encryption-configuration '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/recipes"}}]}'
aws s3api put-object --bucket coffeeshop-recipes --key espresso.md
aws s3api put-object --bucket coffeeshop-recipes --key menu.pdf
aws s3api put-object --bucket coffeeshop-payroll --key march.csv --server-side-encryption aws:kms --ssekms-key-id alias/payroll

# Kim bakes. The group Bakers reads the recipes in S3
aws iam create-group --group-name Bakers
aws iam put-group-policy --group-name Bakers --policy-name recipes --policy-document file://policies/recipes.json
aws iam create-user --user-name kim
aws iam add-user-to-group --group-name Bakers --user-name kim
