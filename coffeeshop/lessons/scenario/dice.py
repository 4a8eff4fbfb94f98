"""Draw by a seed, with the same result in every version of Python and on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A source of drawn numbers."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._rolls = 0

    def below(self, end: int) -> int:
        """Return the next number, from 0 up to and without `end`."""
        self._rolls += 1
        return int.from_bytes(sha256(f"{self._seed} {self._rolls}".encode()).digest()) % end

    def some(self, rows: Sequence[T], count: int) -> tuple[T, ...]:
        """Return `count` of the rows, each at most once, in drawn order."""
        rest = list(rows)
        return tuple(rest.pop(self.below(len(rest))) for _ in range(count))


class Names:
    """The shop's pools of names. Each name is handed out once."""

    def __init__(self, dice: Dice, pools: Mapping[str, Sequence[str]]) -> None:
        self._left = {
            pool: [*dice.some(names, len(names))] for pool, names in pools.items()
        }

    def draw(self, pool: str) -> str:
        """Return an unused name of a pool."""
        return self._left[pool].pop()
