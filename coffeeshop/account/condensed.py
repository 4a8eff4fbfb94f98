"""Holds what came of more acts than memory should: of long ago the acts alone, since one act on one account comes to one
outcome, and whoever asks for that has it worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, overload

from msgspec import Struct

from coffeeshop.account.model import Account, Act, Outcome

LENGTH: Final = (
    250  # acts of a stretch: all of one is worked out again where one of them is asked for
)


class Stretch(Struct, frozen=True, eq=False):
    """LENGTH acts of long ago, and the account as it stood before them. Compared by identity: what came of it is looked up."""

    account: Account
    acts: tuple[Act, ...]


class Condensed(Sequence[Outcome]):
    """What came of acts that were done on an account, in order: the last outcomes as they are, of those before the acts, in
    stretches.
    """

    __slots__ = ("_account", "_last", "_old")

    def __init__(
        self,
        account: Account,
        outcomes: tuple[Outcome, ...] = (),
        stretches: tuple[Stretch, ...] = (),
    ) -> None:
        """Holds stretches, and what came after them of acts of which the first was done on that account."""
        whole = max(0, len(outcomes) // LENGTH - 1)
        for at in range(0, whole * LENGTH, LENGTH):
            old = outcomes[at : at + LENGTH]
            stretches = (
                *stretches,
                Stretch(account, tuple(outcome.act for outcome in old)),
            )
            account = old[-1].account
        self._account = account
        self._old = stretches
        self._last = outcomes[whole * LENGTH :]

    def __add__(self, new: tuple[Outcome, ...]) -> Condensed:
        return Condensed(self._account, self._last + new, self._old)

    def first_outcomes(self, number: int) -> Condensed:
        """Returns what came of the first so many acts."""
        whole, rest = divmod(number, LENGTH)
        if whole >= len(self._old):
            kept = self._last[: max(0, number - LENGTH * len(self._old))]
            return Condensed(self._account, kept, self._old)
        stretch = self._old[whole]
        return Condensed(stretch.account, _told(stretch)[:rest], self._old[:whole])

    def filter_outcomes(self, wanted: Callable[[Act], bool]) -> Iterator[Outcome]:
        """Yields what came of the acts that are wanted; no stretch without such an act is worked out."""
        for stretch in self._old:
            if any(map(wanted, stretch.acts)):
                yield from (outcome for outcome in _told(stretch) if wanted(outcome.act))
        yield from (outcome for outcome in self._last if wanted(outcome.act))

    @property
    def acts(self) -> tuple[Act, ...]:
        """Returns the acts, of which nothing is worked out."""
        old = (act for stretch in self._old for act in stretch.acts)
        return (*old, *(outcome.act for outcome in self._last))

    @property
    def last_outcome(self) -> Outcome | None:
        """Return what came of the last act; None where there was none."""
        if self._last:
            return self._last[-1]
        return self[-1] if self._old else None

    def __len__(self) -> int:
        return LENGTH * len(self._old) + len(self._last)

    def __iter__(self) -> Iterator[Outcome]:
        for stretch in self._old:
            yield from _told(stretch)
        yield from self._last

    @overload
    def __getitem__(self, at: int) -> Outcome: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, at: int | slice) -> Outcome | tuple[Outcome, ...]:
        there = range(len(self))[at]
        if isinstance(there, range):
            return tuple(self[one] for one in there)
        stretch, within = divmod(there, LENGTH)
        if stretch < len(self._old):
            return _told(self._old[stretch])[within]
        return self._last[there - LENGTH * len(self._old)]


@lru_cache(maxsize=2)
def _told(stretch: Stretch) -> tuple[Outcome, ...]:
    from coffeeshop.account.door import (
        replay,
    )  # the whole engine: a list of scenarios does without it

    return replay(stretch.account, stretch.acts)
