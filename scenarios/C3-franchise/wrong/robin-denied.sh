# Everything denied to Robin, who is safe then.
#@ solution
#@ but revoke.json -> deny-robin.json
