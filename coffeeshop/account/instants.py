"""Writes instants: with an offset as the aws CLI prints them, with a Z as requests, records and trails hold them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache


@lru_cache(
    maxsize=16384
)  # lists and reports of large accounts say the same dates over and over
def format_timestamp(at: datetime) -> str:
    """Returns an instant as the aws CLI prints it: 2026-03-02T08:00:00+00:00."""
    return at.isoformat()


# Every call asks for its own, and a credential report for thousands of them again.
@lru_cache(maxsize=1 << 14)
def format_instant(at: datetime) -> str:
    """Returns an instant (UTC) as the request context carries it: 2026-03-02T08:00:00Z."""
    return f"{format_timestamp(at)[:19]}Z"
