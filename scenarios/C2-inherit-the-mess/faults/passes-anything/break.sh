#@ at 2026-01-20T10:00:00Z
aws iam create-role --role-name BadgeMachine --assume-role-policy-document file://policies/machine-trust.json
aws iam put-role-policy --role-name BadgeMachine --policy-name badges --policy-document file://faults/passes-anything/badges.json
aws iam put-group-policy --group-name InventorySpecialists --policy-name night --policy-document file://faults/passes-anything/night.json
