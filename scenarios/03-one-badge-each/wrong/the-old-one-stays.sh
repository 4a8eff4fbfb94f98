# Both have their own users now, so no one will use the old one.
#@ solution
#@ but not --user-name till
