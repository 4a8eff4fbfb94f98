"""Say in plain English what a refusal of AWS's means, and what to do about it."""
