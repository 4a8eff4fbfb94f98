# Nobody takes back what Mina wrote.
#@ solution
#@ but not delete-group-policy
