aws iam put-group-policy --group-name InventorySpecialists --policy-name stock --policy-document file://policies/stock.json
