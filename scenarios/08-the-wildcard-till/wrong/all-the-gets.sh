# Reading harms nobody; storing is named.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/all-the-gets.json
