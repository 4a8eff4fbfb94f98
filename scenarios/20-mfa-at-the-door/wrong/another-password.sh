# Sam gets a new password that she doesn't know, so she can't change it.
#@ solution
aws iam update-login-profile --user-name sam --password Steam-wand-9
