"""Widgets. They receive values and post messages, and never read an account."""
