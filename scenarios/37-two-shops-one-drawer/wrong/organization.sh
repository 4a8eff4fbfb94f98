# Everyone in the organization gets in, even the role Cashier.
#@ solution
#@ but bucket.json -> organization.json
