"""How many examples a law takes whose one example costs as much as several of another, and how many cases stand for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import cycle, islice, product
from math import ceil
from typing import TypeVar, cast

from hypothesis import settings

P = TypeVar("P")
T = TypeVar("T")


def _profile() -> settings:
    found = settings.default
    assert found is not None, "tests/conftest.py loads one"
    return found


def examples(share: float) -> settings:
    """Returns the profile's settings with one in `share` of its examples: 4 where an example is a play that is graded, 1/4
    where one is cheap.
    """
    return settings(max_examples=ceil(_profile().max_examples / share))


def some(cases: Iterable[T], most: int, name: Callable[[T], str] = str) -> list[T]:
    """Returns at most so many of these cases, in their order; all of them where the profile looks for what nobody has seen.

    Which ones hangs on the digests of their names, so that a new case takes the place of one other at most.
    """
    every = list(cases)
    if not settings().derandomize:
        return every
    chosen = sorted(every, key=lambda case: sha256(name(case).encode()).digest())[:most]
    return [case for case in every if case in chosen]


def choose_cases(few: Iterable[T], every: Iterable[T]) -> list[T]:
    """Return the few cases by day. Return every case where the profile draws new examples."""
    return list(few if settings().derandomize else every)


def share_cases(places: Iterable[P], cases: Iterable[T]) -> list[tuple[P, list[T]]]:
    """Return each place with its share of the cases, so that every case is tried in one place.

    Where the profile looks for what nobody has seen, every place has all of them.
    """
    chosen, every = list(places), list(cases)
    step = len(chosen) if settings().derandomize else 1
    return [(place, every[at % step :: step]) for at, place in enumerate(chosen)]


def pairs(ones: Iterable[object], others: Iterable[object]) -> list[tuple[object, ...]]:
    """Returns each of these cases with one of the others, so that every case of both is there; each with each where the profile
    looks for what nobody has seen. A case that is a tuple gives several arguments.
    """
    rows = [_row(case) for case in ones]
    columns = [_row(case) for case in others]
    if not settings().derandomize:
        return [(*row, *column) for row, column in product(rows, columns)]
    most = max(len(rows), len(columns))
    both = zip(cycle(rows), cycle(columns), strict=False)
    return [(*row, *column) for row, column in islice(both, most)]


def _row(case: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", case) if isinstance(case, tuple) else (case,)
