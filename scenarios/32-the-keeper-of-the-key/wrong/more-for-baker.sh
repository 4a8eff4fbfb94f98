# The role's own policy allows it already. The key policy decides
aws iam put-role-policy --role-name Baker --policy-name keys --policy-document file://policies/more.json
