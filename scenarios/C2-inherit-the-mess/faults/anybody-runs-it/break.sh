#@ at 2026-01-26T10:00:00Z
aws lambda add-permission --function-name espresso-api --statement-id fair --action lambda:InvokeFunction --principal '*'
