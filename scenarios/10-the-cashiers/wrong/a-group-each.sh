# Each user has a group, and each group has a copy of the policy.
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-group --group-name NewCashiers
aws iam put-group-policy --group-name NewCashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name NewCashiers --user-name bo
aws iam add-user-to-group --group-name NewCashiers --user-name sam
aws iam delete-user-policy --user-name casey --policy-name receipts
aws iam delete-user-policy --user-name robin --policy-name receipts
aws iam delete-user-policy --user-name bo --policy-name receipts
