# No one is left who can write the group's policies.
#@ solution
aws iam remove-user-from-group --group-name Managers --user-name robin
aws iam remove-user-from-group --group-name Managers --user-name kim
