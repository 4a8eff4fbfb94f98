aws iam delete-group-policy --group-name InventorySpecialists --policy-name no-secrets
