# The machine works with root's key, so the key stays.
#@ solution
#@ but not delete-access-key
#@ but not espresso
