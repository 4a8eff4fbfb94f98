# Anyone who takes the other screen can also list the users.
#@ solution
#@ but not put-group-policy
