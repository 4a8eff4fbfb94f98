#@ at 2025-11-10T10:00:00Z
aws iam put-group-policy --group-name InventorySpecialists --policy-name no-secrets --policy-document file://faults/deny-to-be-safe/no-secrets.json
