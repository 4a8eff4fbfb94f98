"""Replay all recorded answers, and print a table by source: python -m tests.recorded."""

from tests.recorded.answers import table_of_sources

for line in table_of_sources():
    print(line)  # noqa: T201
