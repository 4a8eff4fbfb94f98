# The star covers every branch, so anyone who can push a branch gets in.
#@ solution
#@ but trust-preview.json -> trust-branches.json
