# Listing has Resource *, and no condition
#@ solution
#@ but three-counts.json -> three-counts-anywhere.json
