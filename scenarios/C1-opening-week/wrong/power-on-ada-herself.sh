# The power on Ada herself: one group less.
#@ solution
#@ but not create-group --group-name Admins
#@ but not add-user-to-group --group-name Admins
#@ but attach-group-policy --group-name Admins -> attach-user-policy --user-name ada
