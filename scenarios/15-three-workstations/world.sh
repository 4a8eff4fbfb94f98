aws iam create-user --user-name bo
aws iam create-user --user-name casey
aws iam create-user --user-name mina
aws iam create-group --group-name Baristas
aws iam add-user-to-group --group-name Baristas --user-name bo
aws iam create-group --group-name Managers
aws iam add-user-to-group --group-name Managers --user-name mina
aws iam create-role --role-name Manager --assume-role-policy-document file://policies/trust.json
aws iam put-role-policy --role-name Manager --policy-name payroll --policy-document file://policies/payroll.json
aws iam put-group-policy --group-name Managers --policy-name wear-manager --policy-document file://policies/wear-manager.json
