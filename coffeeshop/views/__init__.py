"""Pure functions from account, play and grade to rows, marks and words; every shell shows the same."""
