"""Define the values of a diagnosis: a case, the cause that a learner names for it, and what came of it."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from coffeeshop.policy.model import Kind
from coffeeshop.shop.want import Want

CAUSES_SHARE = Fraction(1, 5)  # of a diagnosis's score, for the causes that were named


class Case(Struct, frozen=True):
    """What somebody reports in a diagnosis: a sentence, and the request that it is about.

    `shows` is the evidence that the learner gets: AWS's error text (or that
    AWS allows the request), or the request's record in CloudTrail.
    """

    id: str
    say: str
    want: Want
    shows: Literal["error", "record"] = "error"


class Cause(Struct, frozen=True):
    """What decides a request: a layer, and a statement in it by its policy's location and its number from 1.

    The statement 0, of no policy, says that nothing in the layer allows the request.
    """

    layer: Kind
    policy: Annotated[str, Meta(max_length=300)] = ""
    statement: Annotated[int, Meta(ge=0, le=1000)] = 0


class NamedCause(Struct, frozen=True):
    """The cause that a learner named for a case. Whether it is right is computed."""

    case: Annotated[str, Meta(max_length=200)]
    cause: Cause


class Verdict(StrEnum):
    """The judgement of a named cause. KIND: another statement, or none, of this kind of policy decides."""

    RIGHT = "right"
    KIND = "kind"
    WRONG = "wrong"


class CaseResult(Struct, frozen=True):
    """What the learner named for a case: the last cause, its verdict, and how many wrong ones were named."""

    case: Case
    named: Cause | None = None
    verdict: Verdict | None = None
    wrong: int = 0

    @property
    def is_right(self) -> bool:
        """Return whether the right cause was named."""
        return self.verdict is Verdict.RIGHT

    @property
    def share(self) -> Fraction:
        """Return the case's share of its points: all for the first try, half for the second, then a third."""
        return Fraction(1, 1 + self.wrong) if self.is_right else Fraction(0)
