"""A list that only grows, whose longer copies cost little."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Generic, TypeVar

T = TypeVar("T")
CHUNK_LENGTH = 32  # entries of the part that `add` copies


class History(Generic[T]):
    """An immutable list of what happened, the oldest entry first.

    Two histories are always equal: what an account is doesn't depend on how it came about.
    """

    __slots__ = ("_chunks", "_last")
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __init__(
        self, chunks: tuple[tuple[T, ...], ...] = (), last: tuple[T, ...] = ()
    ) -> None:
        self._chunks = chunks
        self._last = last

    def add(self, entry: T) -> History[T]:
        """Return a copy with one more entry."""
        if len(self._last) == CHUNK_LENGTH:
            return History((*self._chunks, self._last), (entry,))
        return History(self._chunks, (*self._last, entry))

    def newest_first(self) -> Iterator[T]:
        """Yield the entries, the latest first."""
        yield from reversed(self._last)
        yield from chain.from_iterable(map(reversed, reversed(self._chunks)))

    def __eq__(self, compared: object) -> bool:
        return isinstance(compared, History)
