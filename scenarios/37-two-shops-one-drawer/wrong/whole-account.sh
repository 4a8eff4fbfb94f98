# The harbour's role Cashier has a policy for every file, so it also gets in.
#@ solution
#@ but bucket.json -> whole-account.json
