"""Compare two standings over all possible requests, with a witness for each difference."""
