#@ at 2025-11-03T08:00:00Z
# Screens that show recipes, and cashiers
aws iam create-group --group-name Screens
aws iam put-group-policy --group-name Screens --policy-name menu --policy-document file://policies/old.json
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name list --policy-document file://policies/list.json
aws iam create-user --user-name kiosk
aws iam add-user-to-group --group-name Screens --user-name kiosk
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-user --user-name mina
aws iam add-user-to-group --group-name Cashiers --user-name mina
aws iam create-access-key --user-name kiosk
aws iam create-access-key --user-name robin
aws iam create-access-key --user-name mina
# On Saturday, the first screen shows the menu, and a second one gets a key of its own
#@ at 2026-02-28T08:00:00Z
aws s3api get-object --bucket coffeeshop-recipes --key menu.pdf menu.pdf --profile kiosk
aws iam create-access-key --user-name kiosk
# Robin looks for a command, and is refused
#@ at 2026-03-01T17:20:00Z
#@ refused
aws iam list-users --profile robin
#@ at 2026-03-01T17:30:00Z
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile mina
# At night, someone tries one of the keys
#@ at 2026-03-02T02:11:00Z
#@ from 198.51.100.23
aws sts get-caller-identity --profile kiosk
#@ from 198.51.100.23
aws iam list-users --profile kiosk
#@ from 198.51.100.23
#@ refused
aws iam create-user --user-name helper --profile kiosk
# In the morning, as every day
#@ at 2026-03-02T07:00:00Z
aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile robin
