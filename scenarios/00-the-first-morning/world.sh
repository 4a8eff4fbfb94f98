# The till before the play: one group, one policy, one cashier.
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
