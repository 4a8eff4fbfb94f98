# The rule on this shop; the others can have theirs.
#@ solution
#@ but @unit:Shops -> 111122223333
