# The next person who closes the shop can also purge the orders.
#@ solution
#@ but not put-role-policy
