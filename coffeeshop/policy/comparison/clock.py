"""Keeps the keys that tell a time consistent: they are of one clock.

`aws:CurrentTime` and `aws:EpochTime` are one moment, written in two ways, so they share one dimension. A session begins
before it is used, so `aws:TokenIssueTime` is never later: the two dimensions are cut at the same moments, and whatever
would put the first behind the second is no request.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Final

from coffeeshop.policy.comparison.value_classes import Dimension, Value, decimal
from coffeeshop.policy.language.conditions import instant
from coffeeshop.policy.language.literal_predicates import Point, Shape

NOW: Final = "aws:currenttime"
ISSUED: Final = "aws:tokenissuetime"
WRITTEN: Final = {NOW: "aws:CurrentTime", "aws:epochtime": "aws:EpochTime"}  # the names of the one moment


def dimension_of(key: str) -> str:
    """Returns the key (in lower case) whose dimension tells what this one holds."""
    return NOW if key in WRITTEN else key


def spelled(key: str, value: Value) -> Value:
    """Returns a moment as this key (in lower case) writes it: EpochTime as seconds, all others as they are."""
    if key != "aws:epochtime" or value is None:
        return value
    seconds = instant(value[0])
    return value if seconds is None else (decimal(Fraction(seconds)),)


def as_instants(shapes: Iterable[Shape]) -> Iterator[Shape]:
    """Yields the literals of the clock: seconds since 1970 that were compared as numbers are moments too."""
    for shape in shapes:
        yield Point(shape.value, instant=True) if isinstance(shape, Point) else shape


def order(shapes: Iterable[Shape]) -> Iterator[Callable[[Value], bool]]:
    """Yields tests that tell moments apart by their order: before, at, or after each of these."""
    for at in sorted({shape.value for shape in shapes if isinstance(shape, Point)}):
        yield lambda value, at=at: (moment := _moment(value)) is not None and moment < at
        yield lambda value, at=at: (moment := _moment(value)) is not None and moment > at


def impossible(issued: Dimension, now: Dimension) -> Iterator[tuple[int, int]]:
    """Yields what never goes together, as masks of both: a session that was issued, and a moment before that."""
    moments = [_moment(value) for value in now.values]
    for number, value in enumerate(issued.values):
        begun = _moment(value)
        before = sum(1 << at for at, moment in enumerate(moments) if moment is not None and begun and moment < begun)
        if before:
            yield 1 << number, before


def _moment(value: Value) -> Fraction | None:
    seconds = instant(value[0]) if value else None
    return None if seconds is None else Fraction(seconds)
