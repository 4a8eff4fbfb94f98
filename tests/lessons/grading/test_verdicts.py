"""A claim is proven, refuted, or open for a reason."""

from __future__ import annotations

from coffeeshop.lessons.grading.practice.verdicts import (
    PROVEN_CLAIM,
    REFUTED_CLAIM,
    Claim,
    Verdict,
    claim_excess,
    claim_no_excess,
    offence_text,
)
from coffeeshop.policy.model import Excess, Request, Undecided

EXCESS = Excess(Request("s3:GetObject", "*"), None)  # pyright: ignore[reportArgumentType]
GAVE_UP = Undecided("too many requests")
OPEN = Claim(Verdict.OPEN, "too many requests")


def test_one_excess_proves_that_there_is_one_whatever_is_left_open():
    assert claim_excess([GAVE_UP, EXCESS]) == claim_excess([EXCESS]) == PROVEN_CLAIM
    assert claim_no_excess([GAVE_UP, EXCESS]) == claim_no_excess([EXCESS]) == REFUTED_CLAIM


def test_an_open_search_proves_neither_and_keeps_its_reason():
    assert claim_excess([GAVE_UP]) == claim_no_excess([GAVE_UP]) == OPEN
    assert (claim_excess([]), claim_no_excess([])) == (REFUTED_CLAIM, PROVEN_CLAIM)


def test_only_a_refuted_claim_is_false():
    assert [bool(claim) for claim in (PROVEN_CLAIM, OPEN, REFUTED_CLAIM)] == [
        True,
        True,
        False,
    ]


def test_an_offence_that_is_open_says_what_could_not_be_proven():
    assert offence_text("it is idle", "that it is used", PROVEN_CLAIM) == "it is idle"
    assert offence_text("it is idle", "that it is used", PROVEN_CLAIM, OPEN) == (
        "no one could prove that it is used: too many requests"
    )
