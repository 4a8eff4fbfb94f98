# One yes. The six noes are there already: nobody has said anything.
aws iam add-user-to-group --group-name Cashiers --user-name casey
