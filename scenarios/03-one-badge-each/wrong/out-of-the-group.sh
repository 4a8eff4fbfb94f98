# Without the group, the user can do nothing, so its key can stay.
#@ solution
#@ but not delete-access-key
#@ but not delete-user
