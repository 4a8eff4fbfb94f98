aws iam delete-login-profile --user-name casey
