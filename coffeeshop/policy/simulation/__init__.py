"""SimulateCustomPolicy offline: its input, and its answers."""
