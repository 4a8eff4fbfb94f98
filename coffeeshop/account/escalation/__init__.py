"""Find privilege escalation: the ways in which a credential leads to more access, and the search that plays them."""
