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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A second opinion is never part of the short run."""
    for item in items:
        if item.get_closest_marker("peers"):
            item.add_marker(pytest.mark.slow)
