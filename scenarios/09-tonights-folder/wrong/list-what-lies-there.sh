# Both on what lies under north/.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/list-what-lies-there.json
