# Opening is limited to the north, but listing isn't.
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/only-opening.json
