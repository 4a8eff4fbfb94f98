#@ at 2026-01-12T08:00:00Z
aws iam create-group --group-name Cashiers
aws iam create-policy --policy-name Till --policy-document file://policies/till-v1.json
aws iam attach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Till
aws iam create-user --user-name robin
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name robin
aws iam create-access-key --user-name casey
#@ at 2026-02-02T08:00:00Z
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --policy-document file://policies/till-v2.json --set-as-default
# Last week, Robin stood in for Ada
#@ at 2026-02-23T08:00:00Z
aws iam create-group --group-name StandIns
aws iam put-group-policy --group-name StandIns --policy-name hiring --policy-document file://policies/stand-ins.json
aws iam add-user-to-group --group-name StandIns --user-name robin
# This morning, the thief
#@ at 2026-03-02T09:14:00Z
aws sts get-caller-identity --profile robin
#@ at 2026-03-02T09:25:00Z
aws sts get-session-token --duration-seconds 43200 --profile robin
#@ at 2026-03-02T09:28:00Z
aws iam create-user --user-name svc2 --profile robin
aws iam create-access-key --user-name svc2 --profile robin
aws iam attach-user-policy --user-name svc2 --policy-arn arn:aws:iam::111122223333:policy/Till --profile robin
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --policy-document file://policies/till-v3.json --set-as-default --profile robin
