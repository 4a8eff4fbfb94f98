# Sam is given another password: she cannot change it, who knows the old one alone.
#@ solution
aws iam update-login-profile --user-name sam --password Steam-wand-9
