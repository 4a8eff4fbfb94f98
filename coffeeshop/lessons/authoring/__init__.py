"""Prove scenarios: assertions on each, and mutants that its grade must catch."""
