#@ at 2026-02-02T10:00:00Z
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Code --set-as-default --policy-document file://faults/a-missing-key/code.json
