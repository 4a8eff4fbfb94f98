# The role can do everything in every bucket.
#@ solution
#@ but put-role-policy --role-name MenuDeploy --policy-name menu --policy-document file://policies/menu.json -> put-role-policy --role-name MenuDeploy --policy-name menu --policy-document file://policies/every-bucket.json
