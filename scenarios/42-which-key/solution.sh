# The events of 02:11 have the key's id: aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateUser
aws iam delete-access-key --user-name kiosk --access-key-id @key:2
aws iam put-group-policy --group-name Screens --policy-name menu --policy-document file://policies/menu.json
