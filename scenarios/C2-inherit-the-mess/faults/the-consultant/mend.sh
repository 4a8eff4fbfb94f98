aws iam delete-role-policy --role-name Consultant --policy-name payroll
aws iam delete-role --role-name Consultant
