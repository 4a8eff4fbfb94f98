# The group Admins can also list the receipts.
aws iam add-user-to-group --group-name Admins --user-name casey
