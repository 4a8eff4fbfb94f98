"""A scenario: its folder, its form, its names in each variant."""
