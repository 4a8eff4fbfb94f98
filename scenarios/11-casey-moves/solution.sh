aws iam remove-user-from-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name InventorySpecialists --user-name casey
aws iam detach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/temp-fix
