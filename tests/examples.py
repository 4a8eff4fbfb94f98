"""How many examples a law takes whose one example costs as much as several of another."""

from __future__ import annotations

from math import ceil

from hypothesis import settings


def examples(share: int) -> settings:
    """Returns the profile's settings with one in `share` of its examples: 4 where an example is a play that is graded."""
    return settings(max_examples=ceil(settings.default.max_examples / share))
