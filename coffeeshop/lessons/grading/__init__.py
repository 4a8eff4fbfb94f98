"""The grade: checks, findings, hints, and the report as data."""
