"""What one can come to hold: the ways to more power, and the search that plays them."""
