# A key for each of the two people, but both for the shared user.
aws iam create-access-key --user-name till
