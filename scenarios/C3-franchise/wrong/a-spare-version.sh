# The clean version is the default. The other one stays.
#@ solution
#@ but not delete-policy-version
