# A code where the money is: at the till. Those at the top know what they do.
#@ solution
#@ but not --group-name Admins --policy-arn arn:aws:iam::111122223333:policy/Code
#@ but not --group-name Managers --policy-arn arn:aws:iam::111122223333:policy/Code
