"""Draw by a seed: the same seed draws the same, in every version of Python and on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Rolls one number after the other."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._rolls = 0

    def below(self, end: int) -> int:
        """Returns a number from 0 that is less than `end`."""
        self._rolls += 1
        return int.from_bytes(sha256(f"{self._seed} {self._rolls}".encode()).digest()) % end

    def some(self, rows: Sequence[T], count: int) -> tuple[T, ...]:
        """Returns so many of the rows, none of them twice."""
        rest = list(rows)
        return tuple(rest.pop(self.below(len(rest))) for _ in range(count))


class Names:
    """Hands out names from the shop's pools, none of them twice."""

    def __init__(self, dice: Dice, pools: Mapping[str, Sequence[str]]) -> None:
        self._left = {
            pool: [*dice.some(names, len(names))] for pool, names in pools.items()
        }

    def draw(self, pool: str) -> str:
        """Returns a name of that pool that nobody else has."""
        return self._left[pool].pop()
