#@ at 2025-07-14T10:00:00Z
aws iam put-group-policy --group-name Baristas --policy-name not-badges --policy-document file://faults/all-but-badges/not-badges.json
