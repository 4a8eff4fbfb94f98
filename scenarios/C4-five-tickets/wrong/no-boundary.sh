# Without the boundary, the group's policy is enough.
#@ solution
#@ but not StaffLimit
aws iam delete-user-permissions-boundary --user-name robin
