aws iam put-group-policy --group-name Cashiers --policy-name papers --policy-document file://policies/papers.json
