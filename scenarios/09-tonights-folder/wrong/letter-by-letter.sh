# StringEquals reads the star as a plain character.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/letter-by-letter.json
