aws iam create-user --user-name casey
aws iam create-user --user-name robin
aws iam create-user --user-name indra
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-group --group-name InventorySpecialists
aws iam put-group-policy --group-name InventorySpecialists --policy-name stock --policy-document file://policies/stock.json
aws iam add-user-to-group --group-name InventorySpecialists --user-name indra
aws iam create-policy --policy-name temp-fix --policy-document file://policies/temp-fix.json
aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/temp-fix
