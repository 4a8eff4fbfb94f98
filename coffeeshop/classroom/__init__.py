"""Many hand-ins at once: graded in processes, and written in the formats that courses and CI read."""
