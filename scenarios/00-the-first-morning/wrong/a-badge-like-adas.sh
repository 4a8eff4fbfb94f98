# Ada can do everything, so let Casey be like her.
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Admins --user-name casey
