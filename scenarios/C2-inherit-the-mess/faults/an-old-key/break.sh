#@ at 2025-11-30T10:00:00Z
aws iam create-access-key --user-name robin
# She works with it: it is old, and not forgotten
#@ at 2025-12-01T09:00:00Z
aws sts get-caller-identity --profile robin
