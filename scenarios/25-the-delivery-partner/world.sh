# The partner has its own account. Nothing has been created for it here yet
