# Casey first. Robin can wait.
#@ solution
#@ but not --user-name robin
