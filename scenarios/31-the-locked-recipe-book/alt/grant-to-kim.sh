# A grant lets Kim use the key without a new policy
aws kms create-grant --key-id @alias/recipes --grantee-principal arn:aws:iam::111122223333:user/kim --operations Decrypt --profile ada@console
