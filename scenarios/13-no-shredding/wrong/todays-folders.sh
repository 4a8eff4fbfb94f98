aws iam put-group-policy --group-name Staff --policy-name NoShredding --policy-document file://policies/no-shredding-this-year.json
aws iam put-group-policy --group-name Managers --policy-name void --policy-document file://policies/void.json
