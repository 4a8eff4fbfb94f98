"""The results of a comparison: a request that only one standing allows, or the reason why it is undecided."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from coffeeshop.policy.model import Excess, Statement, Undecided


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference, or a doubt, and its cost: context keys count before letters, and doubts
    come last.

    No difference that is found later costs less than `floor`.
    """

    cost: int
    result: Excess | Undecided
    statement: Statement
    floor: int = 0


def doubtful_difference(statement: Statement, reason: str) -> Difference:
    """Return an Undecided about a statement, with its reason."""
    return Difference(sys.maxsize, Undecided.of(statement, reason), statement)
