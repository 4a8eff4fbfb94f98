# StringEquals reads the star as a plain character, so no subject matches.
#@ solution
#@ but trust-live.json -> trust-star.json
