aws iam create-user --user-name casey
aws iam create-user --user-name robin
aws iam create-user --user-name bo
aws iam create-user --user-name sam
aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://policies/receipts.json
aws iam put-user-policy --user-name robin --policy-name receipts --policy-document file://policies/receipts-of-robin.json
aws iam put-user-policy --user-name bo --policy-name receipts --policy-document file://policies/receipts.json
