#@ solution
#@ but not add-user-to-group --group-name Cashiers --user-name casey
