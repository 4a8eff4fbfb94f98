"""What one standing may do and another may not, over all requests there are, with a witness for each."""
