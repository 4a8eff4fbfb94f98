"""How hard the tests look: Hypothesis's profile, by HYPOTHESIS_PROFILE (`quick` where nobody asks, `thorough` at night)."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

PROFILES = {"quick": 20, "thorough": 100}  # examples of a law; a dear one takes its share of them (tests/examples.py)

for name, examples in PROFILES.items():
    settings.register_profile(
        name, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# A process that a test starts is there in half the time where modules are compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A second opinion is never part of the short run; what takes long begins first, so that no core waits for it at the end."""
    for item in items:
        if item.get_closest_marker("peers"):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
