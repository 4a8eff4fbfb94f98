"""A sequence of outcomes that saves memory: of old acts it keeps the acts alone.

An act on the same account always has the same outcome, so an old outcome is worked out again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, overload

from msgspec import Struct

from coffeeshop.account.model import Account, Act, Outcome

# Acts in a stretch. To get one outcome of a stretch, all of its acts are replayed.
STRETCH_LENGTH: Final = 250


class Stretch(Struct, frozen=True, eq=False):
    """LENGTH old acts, and the account before them.

    It is compared by identity, so that its outcomes can be cached.
    """

    account: Account
    acts: tuple[Act, ...]


class Condensed(Sequence[Outcome]):
    """The outcomes of acts on an account, in order: the last ones as they are, the older ones as stretches of acts."""

    __slots__ = ("_account", "_last", "_old")

    def __init__(
        self,
        account: Account,
        outcomes: tuple[Outcome, ...] = (),
        stretches: tuple[Stretch, ...] = (),
    ) -> None:
        """Keep the stretches, and the outcomes after them.

        `account` is the account before the first of the outcomes. Full stretches of outcomes become stretches of
        acts. At least the last STRETCH_LENGTH outcomes stay.
        """
        full_stretches = max(0, len(outcomes) // STRETCH_LENGTH - 1)
        for start in range(0, full_stretches * STRETCH_LENGTH, STRETCH_LENGTH):
            old_outcomes = outcomes[start : start + STRETCH_LENGTH]
            acts = tuple(outcome.act for outcome in old_outcomes)
            stretches = (*stretches, Stretch(account, acts))
            account = old_outcomes[-1].account
        self._account = account
        self._old = stretches
        self._last = outcomes[full_stretches * STRETCH_LENGTH :]

    def __add__(self, new: tuple[Outcome, ...]) -> Condensed:
        return Condensed(self._account, self._last + new, self._old)

    def first_outcomes(self, number: int) -> Condensed:
        """Return the outcomes of the first `number` acts."""
        full_stretches, rest = divmod(number, STRETCH_LENGTH)
        if full_stretches >= len(self._old):
            kept_outcomes = self._last[: max(0, number - STRETCH_LENGTH * len(self._old))]
            return Condensed(self._account, kept_outcomes, self._old)
        stretch = self._old[full_stretches]
        kept_outcomes = _replay_stretch(stretch)[:rest]
        return Condensed(stretch.account, kept_outcomes, self._old[:full_stretches])

    def filter_outcomes(self, is_wanted: Callable[[Act], bool]) -> Iterator[Outcome]:
        """Yield the outcomes of the wanted acts. A stretch without such an act isn't replayed."""
        for stretch in self._old:
            if any(map(is_wanted, stretch.acts)):
                outcomes = _replay_stretch(stretch)
                yield from (outcome for outcome in outcomes if is_wanted(outcome.act))
        yield from (outcome for outcome in self._last if is_wanted(outcome.act))

    @property
    def acts(self) -> tuple[Act, ...]:
        """Return all the acts, without replaying any."""
        old = (act for stretch in self._old for act in stretch.acts)
        return (*old, *(outcome.act for outcome in self._last))

    @property
    def last_outcome(self) -> Outcome | None:
        """Return the outcome of the last act, or None if there was no act."""
        if self._last:
            return self._last[-1]
        if self._old:
            return self[-1]
        return None

    def __len__(self) -> int:
        return STRETCH_LENGTH * len(self._old) + len(self._last)

    def __iter__(self) -> Iterator[Outcome]:
        for stretch in self._old:
            yield from _replay_stretch(stretch)
        yield from self._last

    @overload
    def __getitem__(self, at: int) -> Outcome: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, at: int | slice) -> Outcome | tuple[Outcome, ...]:
        position = range(len(self))[at]
        if isinstance(position, range):
            return tuple(self[index] for index in position)
        stretch, offset = divmod(position, STRETCH_LENGTH)
        if stretch < len(self._old):
            return _replay_stretch(self._old[stretch])[offset]
        return self._last[position - STRETCH_LENGTH * len(self._old)]


@lru_cache(maxsize=2)
def _replay_stretch(stretch: Stretch) -> tuple[Outcome, ...]:
    # This imports the whole engine, which a list of scenarios doesn't need.
    from coffeeshop.account.door import replay

    return replay(stretch.account, stretch.acts)
