# StringEquals compares the star as a letter, so no subject fits.
#@ solution
#@ but trust-live.json -> trust-star.json
