# The permission set of administrators is the quickest one.
#@ solution
#@ but put-inline-policy-to-permission-set -> attach-managed-policy-to-permission-set
#@ but --inline-policy file://policies/receipts.json -> --managed-policy-arn arn:aws:iam::aws:policy/AdministratorAccess
