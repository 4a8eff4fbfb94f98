# Noor can still assume the role.
#@ solution
#@ but not update-assume-role-policy
