aws iam create-group --group-name Waffles
aws iam put-group-policy --group-name Waffles --policy-name orders --policy-document file://policies/waffles.json
aws iam add-user-to-group --group-name Waffles --user-name kim
aws iam put-group-policy --group-name Managers --policy-name counts --policy-document file://policies/three-counts.json
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/BoardBoundary --policy-document file://policies/three-sends.json --set-as-default
