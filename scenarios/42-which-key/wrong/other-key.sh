# The older key is the one that wasn't stolen.
#@ solution
#@ but @key:2 -> @key:1
