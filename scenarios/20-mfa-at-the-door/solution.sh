aws iam put-group-policy --group-name Staff --policy-name RequireCode --policy-document file://policies/require-code.json
