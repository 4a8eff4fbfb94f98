aws iam create-user --user-name partner
aws iam put-user-policy --user-name partner --policy-name export --policy-document file://policies/export.json
aws iam create-access-key --user-name partner
