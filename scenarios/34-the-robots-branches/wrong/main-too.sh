# A run on main writes the live menu without the environment's approval.
#@ solution
#@ but trust-live.json -> trust-either.json
