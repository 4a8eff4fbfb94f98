"""What is wrong or unwise in a policy: the table of issues, and the checks that find them."""
