# Without the boundary, the board can send. It can do everything else, too
#@ solution
#@ but not create-policy-version
aws iam delete-role-permissions-boundary --role-name OrderBoard
