#@ solution
#@ but not revoke.json
