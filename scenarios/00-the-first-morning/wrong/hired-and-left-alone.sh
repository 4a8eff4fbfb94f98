# What nobody forbids, she may: or so one thinks.
aws iam create-user --user-name casey
