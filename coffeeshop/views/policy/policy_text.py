"""Read a policy text in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.policy.language.parse import parse_draft
from coffeeshop.policy.model import Kind, Policy
from coffeeshop.policy.plain_english import policy_readings
from coffeeshop.views.rows import Row

MAX_STATEMENTS = 100  # statements in plain words


def policy_in_words(text: str, grammar: Kind) -> tuple[Row, ...]:
    """Return a title and lines for each statement, or one row if the text is not a policy."""
    policy, _ = parse_draft(text, grammar)
    if policy is None:
        return (Row("This isn't a policy yet.", role="muted"),)
    return tuple(_read(policy, grammar))


def _read(policy: Policy, grammar: Kind) -> Iterator[Row]:
    """Yield the rows of a policy, up to `MAX_STATEMENTS` statements."""
    readings = policy_readings(policy, grammar)
    for reading in readings[:MAX_STATEMENTS]:
        yield Row(reading.title, role="title")
        yield from (Row(text, None, label, indent=1) for label, text in reading.rows)
    if len(readings) > MAX_STATEMENTS:
        yield Row(f"and {len(readings) - MAX_STATEMENTS} statements more", role="muted")
