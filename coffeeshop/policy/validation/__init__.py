"""Find mistakes and risks in a policy: the table of issues, and the checks that find them."""
