# The partner lives in an account of its own: here, nothing has been made for it yet
