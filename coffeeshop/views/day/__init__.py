"""A day at the shop in words: as it goes, in the evening, and how far a theft reached."""
