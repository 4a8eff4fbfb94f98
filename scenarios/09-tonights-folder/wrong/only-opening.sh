# Nobody opens a receipt of the south any more; the list is only names.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/only-opening.json
