# The app passes a session policy, so the role needs no boundary.
#@ solution
#@ but not CounterLimit
aws iam delete-role-permissions-boundary --role-name Counter
