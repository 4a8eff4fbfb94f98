aws iam create-user --user-name indra
aws iam create-group --group-name Developers
aws iam add-user-to-group --group-name Developers --user-name indra
aws iam create-role --role-name ReportRole --assume-role-policy-document file://policies/lambda-trust.json
aws iam put-role-policy --role-name ReportRole --policy-name export --policy-document file://policies/export.json
aws iam create-role --role-name AdminMachine --assume-role-policy-document file://policies/lambda-trust.json
aws iam attach-role-policy --role-name AdminMachine --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam create-role --role-name ReportPayroll --assume-role-policy-document file://policies/lambda-trust.json
aws iam put-role-policy --role-name ReportPayroll --policy-name payroll --policy-document file://policies/payroll.json
aws lambda create-function --function-name report-daily --role arn:aws:iam::111122223333:role/ReportRole --runtime python3.13 --handler report.handler --zip-file fileb://function.zip
aws iam put-group-policy --group-name Developers --policy-name reports --policy-document file://policies/developers-any-role.json
