# Whoever takes the other screen can list the users, too.
#@ solution
#@ but not put-group-policy
