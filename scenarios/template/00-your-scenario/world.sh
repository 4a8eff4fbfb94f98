# What happened before the play begins, by root, after scenarios/shop.sh
aws iam create-user --user-name kim
