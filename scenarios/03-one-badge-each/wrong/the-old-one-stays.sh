# Both have their own now. Nobody will use the old one, surely.
#@ solution
#@ but not --user-name till
