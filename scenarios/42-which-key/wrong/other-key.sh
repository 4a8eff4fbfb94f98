# The older key is the one that nobody stole.
#@ solution
#@ but @key:2 -> @key:1
