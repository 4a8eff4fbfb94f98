"""A day at the shop in words: its hours, its evening, and the blast radius of a theft."""
