"""Formats of instants: with an offset as the AWS CLI prints them, with a Z as in requests, records and trails."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

# The limits of every play's clock.
FIRST_INSTANT = datetime(1971, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime(2999, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=16384)  # lists and reports of large accounts repeat the same dates
def format_timestamp(at: datetime) -> str:
    """Return an instant as the AWS CLI prints it: 2026-03-02T08:00:00+00:00."""
    return at.isoformat()


# Every call formats its time, and a credential report formats thousands.
@lru_cache(maxsize=1 << 14)
def format_instant(at: datetime) -> str:
    """Return an instant (UTC) as the request context holds it: 2026-03-02T08:00:00Z."""
    return f"{format_timestamp(at)[:19]}Z"
