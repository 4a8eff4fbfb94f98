# Kim joins Noor's group, and its policy names both queues
#@ solution
#@ but not Waffles
aws iam put-group-policy --group-name Oven --policy-name orders --policy-document file://policies/oven-and-waffles.json
aws iam add-user-to-group --group-name Oven --user-name kim
