# Mina wrote it: aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=PutGroupPolicy
aws iam delete-group-policy --group-name Cashiers --policy-name night
aws iam remove-user-from-group --group-name Managers --user-name mina
