aws iam create-user --user-name casey
aws iam create-user --user-name robin
aws iam create-user --user-name mina
aws iam create-group --group-name Staff
aws iam add-user-to-group --group-name Staff --user-name casey
aws iam add-user-to-group --group-name Staff --user-name robin
aws iam add-user-to-group --group-name Staff --user-name mina
aws iam put-group-policy --group-name Staff --policy-name receipts --policy-document file://policies/receipts.json
aws iam put-group-policy --group-name Staff --policy-name NoShredding --policy-document file://policies/no-shredding-anywhere.json
aws iam create-group --group-name Managers
aws iam add-user-to-group --group-name Managers --user-name mina
