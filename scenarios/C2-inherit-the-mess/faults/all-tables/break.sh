#@ at 2025-08-18T10:00:00Z
aws iam put-group-policy --group-name InventorySpecialists --policy-name stock --policy-document file://faults/all-tables/stock.json
