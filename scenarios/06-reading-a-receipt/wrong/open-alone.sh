# The new version allows opening, and leaves out listing.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/open-alone.json --set-as-default
