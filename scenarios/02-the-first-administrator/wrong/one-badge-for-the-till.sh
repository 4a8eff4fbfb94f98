#@ solution
aws iam create-user --user-name till --profile ada@console
aws iam create-login-profile --user-name till --password 'Cashbox-key-3' --profile ada@console
