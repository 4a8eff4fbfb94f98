# The till before the play: one bucket, and every action on its objects
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/everything.json
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
