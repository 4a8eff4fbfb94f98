# The harbour's role Cashier has a policy for every file, so it gets in, too.
#@ solution
#@ but bucket.json -> whole-account.json
