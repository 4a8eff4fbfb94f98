# The workflow uses its token, and the old key still works.
#@ solution
#@ but not delete-access-key
#@ but not delete-user
