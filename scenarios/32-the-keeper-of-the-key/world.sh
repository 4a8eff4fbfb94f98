# The recipes are encrypted with a KMS key
aws kms create-key --description 'Locks the recipe book'
aws kms create-alias --alias-name alias/recipes --target-key-id 7b1b1214-9f89-34b4-593b-f36f2a7892ef
aws s3api put-bucket-encryption --bucket coffeeshop-recipes --server-side-encryption-configuration '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/recipes"}}]}'
aws s3api put-object --bucket coffeeshop-recipes --key espresso.md
aws s3api put-object --bucket coffeeshop-recipes --key menu.pdf

# Kim bakes, in the role Baker. Casey, in the group Cashiers, has the same policy
aws iam create-user --user-name kim
aws iam create-role --role-name Baker --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Baker --policy-name recipes --policy-document file://policies/recipes.json
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name recipes --policy-document file://policies/recipes.json
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey

# Since then, the key policy names only Ada, and no one can use the key
aws kms put-key-policy --key-id 7b1b1214-9f89-34b4-593b-f36f2a7892ef --policy file://policies/key-before.json --bypass-policy-lockout-safety-check
