"""A policy being written: its text read over, and what may come next."""
