"""Read scenarios: their folders, their forms, and their names in each variant."""
