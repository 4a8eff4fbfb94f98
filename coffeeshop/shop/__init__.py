"""Describe the shop's wants of the account, run them, and run the shop's day."""
