aws lambda remove-permission --function-name espresso-api --statement-id fair
