"""A policy text in plain words, and everything that is wrong or unwise about it."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.policy.model import Kind, Policy, Problem
from coffeeshop.policy.parse import drafted
from coffeeshop.policy.reading import readings
from coffeeshop.policy.validate import validate
from coffeeshop.views.rows import Row

MOST = 100  # statements that are read aloud


def examined(text: str, grammar: Kind) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy, with its blanks, None where it cannot be read; and every problem in the order of the text."""
    return drafted(text, grammar)[0], validate(text, grammar)


def reading(text: str, grammar: Kind) -> tuple[Row, ...]:
    """Each statement as a title and its lines; one row where the text is no policy."""
    policy, _ = drafted(text, grammar)
    return (Row("This is no policy yet.", role="muted"),) if policy is None else tuple(_read(policy, grammar))


def _read(policy: Policy, grammar: Kind) -> Iterator[Row]:
    found = readings(policy, grammar)
    for one in found[:MOST]:
        yield Row(one.title, role="title")
        yield from (Row(text, None, label, indent=1) for label, text in one.rows)
    if len(found) > MOST:
        yield Row(f"and {len(found) - MOST} statements more", role="muted")
