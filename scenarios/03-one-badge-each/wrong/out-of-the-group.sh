# Out of the group it opens nothing, so its key may stay where it is.
#@ solution
#@ but not delete-access-key
#@ but not delete-user
