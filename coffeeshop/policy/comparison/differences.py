"""The results of a comparison: a request that only one standing allows, or the reason why it is undecided."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from coffeeshop.policy.model import Excess, Statement, Undecided


@dataclass(frozen=True, slots=True)
class Difference:
    """A proven difference or a doubt about a statement, with its cost.

    The cost ranks witnesses: one with fewer context keys is cheaper, then one with shorter
    values. Doubts cost most. No difference that is found later costs less than `floor`, so
    cheaper ones can be reported at once.
    """

    cost: int
    result: Excess | Undecided
    statement: Statement
    floor: int = 0


def doubtful_difference(statement: Statement, reason: str) -> Difference:
    """Return a doubt about a statement: it could not be decided, for this reason."""
    return Difference(sys.maxsize, Undecided.of(statement, reason), statement)
