"""The table of operations, and parameters held against it."""
