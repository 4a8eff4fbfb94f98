"""The result of a search for a claim: it is proven, refuted, or open for a reason."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from msgspec import Struct

from coffeeshop.policy.model import Excess, Undecided


class Verdict(Enum):
    """How a search for a counterexample ended."""

    PROVEN = auto()
    OPEN = auto()  # it gave up
    REFUTED = auto()


class Claim(Struct, frozen=True):
    """A verdict on a claim, with the reason if it is open.

    A claim that is proven or open is true in a condition (`if claim:`), a refuted one is false.
    """

    verdict: Verdict
    reason: str = ""

    def __bool__(self) -> bool:
        """Return whether the claim may be true."""
        return self.verdict is not Verdict.REFUTED


PROVEN_CLAIM = Claim(Verdict.PROVEN)
REFUTED_CLAIM = Claim(Verdict.REFUTED)


def claim_excess(differences: Iterable[Excess | Undecided]) -> Claim:
    """Return the verdict on "there is an excess" from a comparison's results.

    One excess proves it. If there is none, and the search gave up somewhere, it is open.
    """
    claim = REFUTED_CLAIM
    for difference in differences:
        if isinstance(difference, Excess):
            return PROVEN_CLAIM
        claim = claim or Claim(Verdict.OPEN, difference.reason)
    return claim


def claim_no_excess(differences: Iterable[Excess | Undecided]) -> Claim:
    """Return the verdict on "there is no excess" from a comparison's results.

    It is the opposite of `claim_excess`'s verdict, or open if that is open.
    """
    claim = claim_excess(differences)
    if claim.verdict is Verdict.OPEN:
        return claim
    return REFUTED_CLAIM if claim.verdict is Verdict.PROVEN else PROVEN_CLAIM


def offence_text(proven: str, opposite: str, *claims: Claim) -> str:
    """Return what is proven. If a claim is open, return that the opposite couldn't be proven, and why."""
    for claim in claims:
        if claim.verdict is Verdict.OPEN:
            return f"no one could prove {opposite}: {claim.reason}"
    return proven
