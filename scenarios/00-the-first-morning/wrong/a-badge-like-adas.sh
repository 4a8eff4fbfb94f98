# Ada can do everything, so give Casey the same.
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Admins --user-name casey
