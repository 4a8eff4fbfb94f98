# Two branches, and one bucket for the receipts of both
aws s3api put-object --bucket coffeeshop-receipts --key north/0501.json
aws s3api put-object --bucket coffeeshop-receipts --key north/0502.json
aws s3api put-object --bucket coffeeshop-receipts --key south/0901.json
aws iam create-group --group-name NorthTill
aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/all-receipts.json
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name NorthTill --user-name casey
