# Casey first; Robin comes later.
#@ solution
#@ but not --user-name robin
