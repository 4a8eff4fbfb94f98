#@ solution
#@ but revoke.json -> deny-robin.json
