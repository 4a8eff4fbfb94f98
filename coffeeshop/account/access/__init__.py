"""Who asks, what the call asks of IAM, and the policies that bear on it."""
