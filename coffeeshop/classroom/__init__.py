"""Grade many hand-ins at once, in processes, and write the formats that courses and CI read."""
