# The key is deactivated, so someone could activate it again
aws iam update-access-key --user-name kiosk --access-key-id @key:2 --status Inactive
aws iam put-group-policy --group-name Screens --policy-name menu --policy-document file://policies/menu.json
