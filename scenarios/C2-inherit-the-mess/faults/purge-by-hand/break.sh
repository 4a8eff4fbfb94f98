#@ at 2025-12-01T10:00:00Z
aws iam put-group-policy --group-name InventorySpecialists --policy-name orders --policy-document file://faults/purge-by-hand/orders.json
