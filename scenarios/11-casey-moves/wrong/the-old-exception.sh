aws iam remove-user-from-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name InventorySpecialists --user-name casey
