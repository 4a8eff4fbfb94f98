# The group that opens everything opens the receipts, too.
aws iam add-user-to-group --group-name Admins --user-name casey
