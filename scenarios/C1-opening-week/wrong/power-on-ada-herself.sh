# Full access is attached to Ada's user, not to a group.
#@ solution
#@ but not create-group --group-name Admins
#@ but not add-user-to-group --group-name Admins
#@ but attach-group-policy --group-name Admins -> attach-user-policy --user-name ada
