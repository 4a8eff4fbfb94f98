#@ at 2026-01-12T10:00:00Z
aws iam put-group-policy --group-name Baristas --policy-name newcomers --policy-document file://faults/promotes-herself/newcomers.json
