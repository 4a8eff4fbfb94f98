# The star covers every branch whose name begins with main.
#@ solution
#@ but trust-preview.json -> trust-open-end.json
