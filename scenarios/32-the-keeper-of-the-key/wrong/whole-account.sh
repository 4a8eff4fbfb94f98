# The account's policies count again, and so does Casey's
#@ solution
#@ but key.json -> whole-account.json
