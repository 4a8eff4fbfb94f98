# Without the boundary, the board can send. It can also do everything else
#@ solution
#@ but not create-policy-version
aws iam delete-role-permissions-boundary --role-name OrderBoard
