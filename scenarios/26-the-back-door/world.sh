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
# On Sunday Indra takes the administrators' role for a function. Both are deleted: the function and her key
#@ at 2026-03-01T19:00:00Z
aws iam create-access-key --user-name indra
#@ at 2026-03-01T21:40:00Z
aws lambda create-function --function-name report-night --role arn:aws:iam::111122223333:role/AdminMachine --runtime python3.13 --handler report.handler --zip-file fileb://function.zip --profile indra
#@ at 2026-03-02T07:30:00Z
aws lambda delete-function --function-name report-night
aws iam delete-access-key --user-name indra --access-key-id @key
