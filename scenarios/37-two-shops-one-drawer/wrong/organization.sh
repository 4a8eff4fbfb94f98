# Everyone in the organization gets in, the role Cashier as well.
#@ solution
#@ but bucket.json -> organization.json
