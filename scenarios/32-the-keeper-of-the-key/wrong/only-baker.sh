# Nobody can change the key policy any more
aws kms put-key-policy --key-id 7b1b1214-9f89-34b4-593b-f36f2a7892ef --policy file://policies/only-baker.json --bypass-policy-lockout-safety-check
