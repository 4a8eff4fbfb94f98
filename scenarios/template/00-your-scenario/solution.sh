# The reference answer, by whoever sits at the desk (Ada)
aws iam put-user-policy --user-name kim --policy-name recipes --policy-document file://policies/recipes.json
