aws iam add-user-to-group --group-name North --user-name casey
aws iam add-user-to-group --group-name South --user-name robin
