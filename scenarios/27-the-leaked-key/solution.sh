# Close the thief's ways in
aws iam delete-access-key --user-name robin --access-key-id @key
aws iam put-user-policy --user-name robin --policy-name revoke --policy-document file://policies/revoke.json
# Remove what was left behind
aws iam delete-access-key --user-name svc2 --access-key-id @key
aws iam detach-user-policy --user-name svc2 --policy-arn arn:aws:iam::111122223333:policy/Till
aws iam delete-user --user-name svc2
aws iam set-default-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --version-id v2
aws iam delete-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till --version-id v3
aws iam remove-user-from-group --group-name StandIns --user-name robin
# Back to work
aws iam create-access-key --user-name robin
