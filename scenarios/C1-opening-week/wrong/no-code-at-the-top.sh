# A code only for those who handle money, and not for administrators and managers.
#@ solution
#@ but not --group-name Admins --policy-arn arn:aws:iam::111122223333:policy/Code
#@ but not --group-name Managers --policy-arn arn:aws:iam::111122223333:policy/Code
