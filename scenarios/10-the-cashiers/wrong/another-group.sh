aws iam create-group --group-name TillPeople
aws iam put-group-policy --group-name TillPeople --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name TillPeople --user-name casey
aws iam add-user-to-group --group-name TillPeople --user-name robin
aws iam add-user-to-group --group-name TillPeople --user-name bo
aws iam add-user-to-group --group-name TillPeople --user-name sam
aws iam delete-user-policy --user-name casey --policy-name receipts
aws iam delete-user-policy --user-name robin --policy-name receipts
aws iam delete-user-policy --user-name bo --policy-name receipts
