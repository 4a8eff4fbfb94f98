# Noor still gets into the role.
#@ solution
#@ but not update-assume-role-policy
