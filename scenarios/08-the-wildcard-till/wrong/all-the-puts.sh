# Opening is Get, and storing is Put with a star.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/all-the-puts.json
