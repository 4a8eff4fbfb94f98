# A key for each of the two, on the badge that there is.
aws iam create-access-key --user-name till
