# Everything is denied to Robin.
#@ solution
#@ but revoke.json -> deny-robin.json
