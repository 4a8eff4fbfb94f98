"""A play and what becomes of it: scripts, saves, hand-ins, exports."""
