aws iam put-group-policy --group-name Managers --policy-name payroll --policy-document file://policies/payroll.json
