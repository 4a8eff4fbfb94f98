# Whoever closes the shop next can purge the orders, too.
#@ solution
#@ but not put-role-policy
