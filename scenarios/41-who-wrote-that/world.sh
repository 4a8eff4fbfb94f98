#@ at 2025-11-03T08:00:00Z
# The cashiers list the receipts
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name list --policy-document file://policies/list.json
aws iam create-user --user-name bo
aws iam add-user-to-group --group-name Cashiers --user-name bo
aws iam create-access-key --user-name bo
# Three managers look after the group's policies
aws iam create-group --group-name Managers
aws iam put-group-policy --group-name Managers --policy-name policies --policy-document file://policies/managers.json
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Managers --user-name robin
aws iam create-access-key --user-name robin
aws iam create-user --user-name mina
aws iam add-user-to-group --group-name Managers --user-name mina
aws iam create-access-key --user-name mina
aws iam create-user --user-name kim
aws iam add-user-to-group --group-name Managers --user-name kim
aws iam create-access-key --user-name kim
# On Sunday, Kim tries the group of the managers, and is refused
#@ at 2026-03-01T18:05:00Z
#@ refused
aws iam put-group-policy --group-name Managers --policy-name night --policy-document file://policies/night.json --profile kim
# Later, Mina lets the cashiers delete receipts
#@ at 2026-03-01T21:47:00Z
#@ from 198.51.100.23
aws iam put-group-policy --group-name Cashiers --policy-name night --policy-document file://policies/night.json --profile mina
# This morning, Robin looks
#@ at 2026-03-02T07:30:00Z
aws iam list-group-policies --group-name Cashiers --profile robin
