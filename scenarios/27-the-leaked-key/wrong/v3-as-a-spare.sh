#@ solution
#@ but not delete-policy-version
