aws iam delete-login-profile --user-name lou
aws iam delete-user --user-name lou
