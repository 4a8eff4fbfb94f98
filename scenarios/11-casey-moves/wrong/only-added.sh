aws iam add-user-to-group --group-name InventorySpecialists --user-name casey
