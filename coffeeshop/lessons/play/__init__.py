"""Run, save, hand in and export plays."""
