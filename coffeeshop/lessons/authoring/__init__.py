"""What proves a scenario: its assertions, and the mutants that it must catch."""
