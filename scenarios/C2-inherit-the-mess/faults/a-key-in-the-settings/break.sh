#@ at 2026-02-12T10:00:00Z
# The id is the one that the next line makes
aws iam create-access-key --user-name bo
aws lambda update-function-configuration --function-name espresso-api --environment Variables={AWS_ACCESS_KEY_ID=AKIAOITBOS2EXLVRDM3X}
