"""How many examples a law takes whose one example costs as much as several of another."""

from __future__ import annotations

from math import ceil

from hypothesis import settings


def _profile() -> settings:
    found = settings.default
    assert found is not None, "tests/conftest.py loads one"
    return found


def examples(share: int) -> settings:
    """Returns the profile's settings with one in `share` of its examples: 4 where an example is a play that is graded."""
    return settings(max_examples=ceil(_profile().max_examples / share))
