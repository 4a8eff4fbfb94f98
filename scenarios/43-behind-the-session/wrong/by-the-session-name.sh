# The session was called bo, and Noor chose that name.
#@ solution
#@ but trust-two -> trust-locked
