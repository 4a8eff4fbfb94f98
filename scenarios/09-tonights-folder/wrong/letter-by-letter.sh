# Whatever begins with north/, and equals it.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/letter-by-letter.json
