"""The story: what the shop wants of the account, and one run of each want."""
