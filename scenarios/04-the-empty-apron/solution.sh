# One Allow, through the group. AWS refuses the rest, because no policy allows it.
aws iam add-user-to-group --group-name Cashiers --user-name casey
