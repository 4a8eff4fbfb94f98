# Add one statement to the policy, in a new version.
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/receipts.json --set-as-default
