# All three workstations' permissions are on Bo's user, without roles.
#@ solution
#@ but not put-group-policy --group-name Baristas
#@ but not create-role
#@ but not --policy-name work
aws iam put-user-policy --user-name bo --policy-name stations --policy-document file://policies/all-stations.json --profile ada@console
