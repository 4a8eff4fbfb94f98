# A grant to the role: the key policy stays as it is
aws kms create-grant --key-id 7b1b1214-9f89-34b4-593b-f36f2a7892ef --grantee-principal arn:aws:iam::111122223333:role/Baker --operations Decrypt
