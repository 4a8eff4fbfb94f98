# A run on main writes the live menu without the review of the environment.
#@ solution
#@ but trust-live.json -> trust-either.json
