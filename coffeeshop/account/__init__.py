"""Simulate an AWS account with pure functions: an account and an act give an outcome."""
