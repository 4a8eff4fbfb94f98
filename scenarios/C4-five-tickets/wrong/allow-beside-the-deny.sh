# Casey gets an Allow of her own in the same policy.
#@ solution
#@ but receipts.json -> receipts-and-casey.json
