"""A mapping in the order of its keys, of which a changed copy costs little: a call changes one entry among thousands,
every copy is kept, and AWS's lists are by name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    ValuesView,
)
from itertools import chain
from typing import TypeVar, cast, overload

V = TypeVar("V")
W = TypeVar("W")
D = TypeVar("D")
LEAF = 32  # entries of a leaf at most: near the root of what a large account holds, so that leaf and spine cost alike


class SortedMap(Mapping[str, V]):
    """An immutable mapping in leaves, itself and each of them ordered by key; `put` and `drop` copy one leaf."""

    __slots__ = ("_bounds", "_leaves")
    __hash__ = None  # as every mapping: equal by content

    def __init__(self, entries: Iterable[tuple[str, V]] = ()) -> None:
        ordered = sorted(dict(entries).items(), key=lambda entry: entry[0])
        parts = [ordered[at : at + LEAF] for at in range(0, len(ordered), LEAF)]
        # The least key of each leaf but the first.
        self._bounds: tuple[str, ...] = tuple(part[0][0] for part in parts[1:])
        self._leaves: Sequence[dict[str, V]] = tuple(map(dict, parts)) or ({},)

    def _with(
        self, at: int, *leaves: dict[str, V], bounds: tuple[str, ...] | None = None
    ) -> SortedMap[V]:
        new = cast("SortedMap[V]", object.__new__(SortedMap))
        new._leaves = (*self._leaves[:at], *leaves, *self._leaves[at + 1 :])
        new._bounds = self._bounds if bounds is None else bounds
        return new

    def put(self, key: str, value: V) -> SortedMap[V]:
        """Returns the same book with one entry set."""
        at = bisect_right(self._bounds, key)
        leaf = self._leaves[at]
        if key in leaf:
            return self._with(at, {**leaf, key: value})
        entries = [*leaf.items(), (key, value)]
        entries.sort(key=lambda entry: entry[0])
        if len(entries) <= LEAF:
            return self._with(at, dict(entries))
        half = LEAF // 2
        bounds = (*self._bounds[:at], entries[half][0], *self._bounds[at:])
        return self._with(at, dict(entries[:half]), dict(entries[half:]), bounds=bounds)

    def drop(self, key: str) -> SortedMap[V]:
        """Returns the same book without that entry; KeyError where there is none."""
        at = bisect_right(self._bounds, key)
        leaf = dict(self._leaves[at])
        del leaf[key]
        if leaf or not self._bounds:
            return self._with(at, leaf)
        gone = max(at - 1, 0)
        return self._with(at, bounds=(*self._bounds[:gone], *self._bounds[gone + 1 :]))

    def map_lazily(self, made: Callable[[str, V], W]) -> SortedMap[W]:
        """Returns the book with another value of each entry, made leaf by leaf once something asks for one of it."""
        new = cast("SortedMap[W]", object.__new__(SortedMap))
        new._leaves = _LeavesToMake(self, self._leaves, made)
        new._bounds = self._bounds
        return new

    @property
    def origin(self) -> SortedMap[V]:
        """Returns the book that this one was mapped from, itself if it was not: to know again what a mapping leaves alone."""
        leaves = self._leaves
        if isinstance(leaves, _LeavesToMake):
            return cast("SortedMap[V]", leaves.book.origin)
        return self

    def __getitem__(self, key: str) -> V:
        return self._leaves[bisect_right(self._bounds, key)][key]

    @overload
    def get(self, key: str, /) -> V | None: ...
    @overload
    def get(self, key: str, /, default: V | D) -> V | D: ...
    def get(self, key: str, /, default: object = None) -> object:
        """Returns the value of a key, or `default`, without the exception that a Mapping's own would raise inside."""
        return self._leaves[bisect_right(self._bounds, key)].get(key, default)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._leaves[bisect_right(self._bounds, key)]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._leaves)

    def values(self) -> ValuesView[V]:
        """Returns the values, without looking each key up again."""
        return _Values(self)

    def items(self) -> ItemsView[str, V]:
        """Returns the entries, without looking each key up again."""
        return _Items(self)

    def leaves(self) -> Iterator[dict[str, V]]:
        """Yields the leaves, for the views."""
        return iter(self._leaves)

    def __bool__(self) -> bool:
        return bool(self._leaves[0])  # where one leaf is empty there is no other

    def __len__(self) -> int:
        return sum(map(len, self._leaves))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SortedMap):
            return super().__eq__(other)
        there = cast("SortedMap[object]", other)
        if (
            self._leaves == there._leaves
        ):  # as nearly always, and most of them are the same objects
            return True
        return list(self.items()) == list(there.items())

    def __repr__(self) -> str:
        return f"SortedMap({dict(self)!r})"


class _LeavesToMake(Sequence[dict[str, W]]):
    """Holds leaves of a book, each made of an older one when it is first asked for."""

    __slots__ = ("_made", "_make", "_older", "book")

    def __init__(
        self, book: SortedMap[V], older: Sequence[dict[str, V]], make: Callable[[str, V], W]
    ) -> None:
        self.book = book
        self._older = older
        self._make = make
        self._made: list[dict[str, W] | None] = [None] * len(older)

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, at: int) -> dict[str, W]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[dict[str, W]]: ...
    def __getitem__(self, at: int | slice) -> dict[str, W] | Sequence[dict[str, W]]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        leaf = self._made[at]
        if leaf is None:
            leaf = self._made[at] = {
                key: self._make(key, value) for key, value in self._older[at].items()
            }
        return leaf


class _Values(ValuesView[V]):
    _mapping: SortedMap[V]

    def __iter__(self) -> Iterator[V]:
        return chain.from_iterable(leaf.values() for leaf in self._mapping.leaves())


class _Items(ItemsView[str, V]):
    _mapping: SortedMap[V]

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return chain.from_iterable(leaf.items() for leaf in self._mapping.leaves())
