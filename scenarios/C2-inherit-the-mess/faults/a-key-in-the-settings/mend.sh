aws lambda update-function-configuration --function-name espresso-api --environment Variables={}
#@ optional: whoever could read the settings has it
aws iam delete-access-key --user-name bo --access-key-id @key
