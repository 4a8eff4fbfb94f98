# The next public policy is stored without a word.
#@ solution
#@ but not put-public-access-block
