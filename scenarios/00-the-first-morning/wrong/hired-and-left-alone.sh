# No policy denies it, so Casey can do it: that is the mistake.
aws iam create-user --user-name casey
