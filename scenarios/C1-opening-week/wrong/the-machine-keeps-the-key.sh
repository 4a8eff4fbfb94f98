# The machine works with the owner's key, and works well.
#@ solution
#@ but not delete-access-key
#@ but not espresso
