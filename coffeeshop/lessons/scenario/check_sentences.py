"""Check that a refusal's sentence says what must be refused, and doesn't refuse it itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coffeeshop.policy.model import Level, Place, Problem

# A negation in a relative clause is about a person or a thing: "a receipt that nobody voided".
RELATIVE_CLAUSE = re.compile(
    r"\b(?:that|which|who|whom|whose \w+|where)\s+(?:\w+\s+)??(?:not|never|nobody|no one|nothing|no|\w+n['’]t)\b",
    re.IGNORECASE,
)
NEGATION_PATTERN = re.compile(
    r"\b(?:not|never|nobody|no one|nothing|nowhere|none|neither|cannot|(?<!with )no)\b|n['’]t\b"
    r"|\b(?:is|are|be|gets) (?:refused|denied|forbidden)\b|\bfails? to\b|\bunable to\b",
    re.IGNORECASE,
)


def negation_problems(place: str, say: str) -> Iterator[Problem]:
    """Yield a problem for a refusal's sentence with a negation.

    Screens show the sentence below "Must be refused", where a negation says the opposite.
    """
    negation = NEGATION_PATTERN.search(RELATIVE_CLAUSE.sub("", say))
    if negation:
        yield Problem(
            Level.ERROR,
            "negation",
            Place(place),
            f"`say`: “{say}” has the negation “{negation[0]}”",
            'say what must be refused: "Casey lists the payroll"',
        )
