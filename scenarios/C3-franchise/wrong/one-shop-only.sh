# The rule is attached to this shop only.
#@ solution
#@ but @unit:Shops -> 111122223333
