# The clean version is in force; the other one does no harm.
#@ solution
#@ but not delete-policy-version
