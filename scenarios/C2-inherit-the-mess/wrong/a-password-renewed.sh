#@ mends but a-forgotten-password
aws iam delete-login-profile --user-name mina
aws iam create-login-profile --user-name mina --password 'Ristretto-at-8'
