"""Define the budgets of a comparison and count its steps.

Some short policies take very long to compare. So a comparison counts steps, because seconds differ between machines. One step
is roughly one test of a literal on a value. If a budget runs out, the result is `Undecided` with its name. Each branch of a
search has a share of the remaining steps, so that an expensive branch can't hide a difference in another.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

T = TypeVar("T")

MAX_COMPARISON_STEPS: Final = 2_000_000  # for one comparison
ONE_OF_MANY: Final = 300_000  # for one comparison of many that share a budget
GRADE_STEPS: Final = 2_100_000  # for all comparisons and plays of one grading
COMPARING: Final = 1_000  # that a comparison takes before it looks at anything
CALL_COST: Final = 1_000  # that playing one call takes
LAYER_COST: Final = 5  # that each layer takes of a standing that is made or compared
MAX_WALK_STATES: Final = 20_000  # states of one walk of an automaton. A dozen `*word*` on one key need about 4,000
MAX_VALUE_CLASSES: Final = 5_000  # classes of values of one key
MAX_LISTED_VALUES: Final = 6_000  # values that all policies of a comparison can list. A policy that AWS stores has hardly more
MAX_SEARCH_NODES: Final = 4_000  # boxes that one search may look into
MAX_VARIABLE_INSTANCES: Final = 64  # choices of values for policy variables that are tried
# Actions of the catalogue that are looked through for one to show.
MAX_SPELLINGS_TRIED: Final = 500
MAX_NUMBER_DIGITS: Final = 900  # that a number may be written out with


class BudgetError(Exception):
    """Reports that a named budget ran out, so the answer is unknown."""


class StepsError(BudgetError):
    """Reports that the steps ran out. With more steps there may be an answer."""

    def __init__(self) -> None:
        super().__init__("steps: the policies are too intricate to compare in full")


class Steps:
    """Counts down the steps of one comparison. Raises StepsError if too many are taken."""

    def __init__(self, most: int = MAX_COMPARISON_STEPS) -> None:
        self._most: int = most
        self._left: int = most
        # The steps that each open branch must leave, the innermost last.
        self._floors: list[int] = [0]

    @property
    def remaining(self) -> int:
        """Return how many steps can still be taken in the innermost branch."""
        return max(0, self._left - self._floors[-1])

    @property
    def total_taken(self) -> int:
        """Return how many steps were taken so far."""
        return self._most - self._left

    def take(self, count: int) -> None:
        """Take so many steps. If fewer remain, take those and raise StepsError."""
        self._left -= count
        if self._left < self._floors[-1]:
            self._left = min(self._left + count, self._floors[-1])
            raise StepsError

    def spend(self, count: int) -> None:
        """Take so many steps, or all that remain. Never raise, because the work is done."""
        self._left -= min(count, self.remaining)

    @contextmanager
    def at_most(self, share: int) -> Generator[None]:
        """Limit the block to so many steps."""
        self._floors.append(max(self._floors[-1], self._left - share))
        try:
            yield
        finally:
            self._floors.pop()

    @contextmanager
    def equal_share(self, parts: int) -> Generator[None]:
        """Limit the block to one of so many equal parts of all remaining steps.

        The block's work serves several branches of the search, so the limits of the
        branches that we are in don't apply to it.
        """
        before = self._left
        self._floors.append(before - before // parts)
        try:
            yield
        finally:
            self._floors.pop()
            spent = before - self._left
            self._floors = [max(0, floor - spent) for floor in self._floors]


class CostedResult(Generic[T]):
    """A result that is worked out once, and that costs its steps every time it is used.

    So the cost of a comparison doesn't depend on those before it.
    """

    def __init__(self) -> None:
        self._known: tuple[T, int] | None = None
        # One that took most of its steps, with the steps that remained for it.
        self._last_costly: tuple[T, int, int] | None = None

    def get_or_compute(self, steps: Steps, compute: Callable[[], T]) -> T:
        """Return the result of `compute`, from memory if possible. Take the steps that it cost in any case.

        So a comparison's cost doesn't depend on what was compared before it. With few steps left, `compute`
        could be cut short and give another result. So a result is reused only if it costs at most half of the
        remaining steps. A costlier one is reused only if exactly as many steps remain as when it was computed.
        """
        steps_before = steps.remaining
        if self._known is not None and self._known[1] * 2 <= steps_before:
            result, price = self._known
            steps.take(price)
            return result
        if self._last_costly is not None and self._last_costly[2] == steps_before:
            result, price, _ = self._last_costly
            steps.take(price)
            return result
        result = compute()
        price = steps_before - steps.remaining
        if price * 2 <= steps_before:
            self._known = result, price
        else:
            self._last_costly = result, price, steps_before
        return result
