# The star stands for every branch, and anyone who can push one gets in.
#@ solution
#@ but trust-preview.json -> trust-branches.json
