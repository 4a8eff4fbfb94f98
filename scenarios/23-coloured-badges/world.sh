# Most receipts have the tag of the branch that wrote them, and some have none
aws s3api put-object-tagging --bucket coffeeshop-receipts --key 2026/03/0411.json --tagging '{"TagSet": [{"Key": "branch", "Value": "north"}]}'
aws s3api put-object-tagging --bucket coffeeshop-receipts --key 2026/03/0412.json --tagging '{"TagSet": [{"Key": "branch", "Value": "south"}]}'
# Two cashiers have the tag as well, and Indra doesn't
aws iam create-user --user-name casey --tags Key=branch,Value=north
aws iam create-user --user-name robin --tags Key=branch,Value=south
aws iam create-user --user-name indra
aws iam create-group --group-name Cashiers
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name indra
# Left over from an earlier attempt: an empty group for each branch
aws iam create-group --group-name North
aws iam put-group-policy --group-name North --policy-name receipts --policy-document file://policies/north.json
aws iam create-group --group-name South
aws iam put-group-policy --group-name South --policy-name receipts --policy-document file://policies/south.json
