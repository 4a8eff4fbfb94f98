aws iam update-assume-role-policy --role-name MenuDeploy --policy-document file://policies/trust-live.json
aws iam create-role --role-name MenuPreview --assume-role-policy-document file://policies/trust-preview.json
aws iam put-role-policy --role-name MenuPreview --policy-name menu --policy-document file://policies/preview.json
