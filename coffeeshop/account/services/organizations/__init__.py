"""AWS Organizations: units, accounts, and the policies attached to them."""
