# Kim's own user has the role's policy, and the key policy names it beside the role
#@ solution
#@ but key.json -> kim-herself.json
aws iam put-user-policy --user-name kim --policy-name recipes --policy-document file://policies/recipes.json
