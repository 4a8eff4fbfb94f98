"""Decide one request: the matching statements, AWS's decision, and the reason."""
