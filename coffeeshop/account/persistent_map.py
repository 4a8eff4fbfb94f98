"""An immutable mapping, ordered by key, whose changed copies cost little.

A call changes one entry among thousands, and every copy is kept. AWS's lists are by name.
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
from operator import eq
from typing import TypeVar, cast, overload

V = TypeVar("V")
W = TypeVar("W")
D = TypeVar("D")
# The most entries of a leaf. It is near the square root of the entries of a large account, so that copying a leaf and
# copying the list of leaves cost about the same.
LEAF_SIZE = 32


class SortedMap(Mapping[str, V]):
    """An immutable mapping, ordered by key and split into leaves. `put` and `drop` copy one leaf."""

    __slots__ = ("_bounds", "_leaves")
    __hash__ = None  # as every mapping: equal by content

    def __init__(self, entries: Iterable[tuple[str, V]] = ()) -> None:
        ordered = sorted(dict(entries).items(), key=lambda entry: entry[0])
        parts = [
            ordered[index : index + LEAF_SIZE]
            for index in range(0, len(ordered), LEAF_SIZE)
        ]
        # The least key of each leaf but the first.
        self._bounds: tuple[str, ...] = tuple(part[0][0] for part in parts[1:])
        self._leaves: Sequence[dict[str, V]] = tuple(map(dict, parts)) or ({},)

    def _with(
        self, at: int, *leaves: dict[str, V], bounds: tuple[str, ...] | None = None
    ) -> SortedMap[V]:
        """Return a copy with these leaves, and these bounds if they change, in place of the leaf at an index."""
        new = cast("SortedMap[V]", object.__new__(SortedMap))
        new._leaves = (*self._leaves[:at], *leaves, *self._leaves[at + 1 :])
        new._bounds = self._bounds if bounds is None else bounds
        return new

    def put(self, key: str, value: V) -> SortedMap[V]:
        """Return a copy with one entry set."""
        at = bisect_right(self._bounds, key)
        leaf = self._leaves[at]
        if key in leaf:
            return self._with(at, {**leaf, key: value})
        entries = [*leaf.items(), (key, value)]
        entries.sort(key=lambda entry: entry[0])
        if len(entries) <= LEAF_SIZE:
            return self._with(at, dict(entries))
        half = LEAF_SIZE // 2
        bounds = (*self._bounds[:at], entries[half][0], *self._bounds[at:])
        return self._with(at, dict(entries[:half]), dict(entries[half:]), bounds=bounds)

    def drop(self, key: str) -> SortedMap[V]:
        """Return a copy without that entry. Raise KeyError if there is none."""
        at = bisect_right(self._bounds, key)
        leaf = dict(self._leaves[at])
        del leaf[key]
        if leaf or not self._bounds:
            return self._with(at, leaf)
        # The leaf is empty and goes, with the bound before it (the first leaf has none: the bound after it goes).
        bound = max(at - 1, 0)
        bounds = (*self._bounds[:bound], *self._bounds[bound + 1 :])
        return self._with(at, bounds=bounds)

    def map_lazily(self, make: Callable[[str, V], W]) -> SortedMap[W]:
        """Return a copy with a new value for each entry. A leaf is made when one of its entries is first asked for."""
        new = cast("SortedMap[W]", object.__new__(SortedMap))
        new._leaves = _LazyLeaves(self, self._leaves, make)
        new._bounds = self._bounds
        return new

    @property
    def origin(self) -> SortedMap[V]:
        """Return the mapping that `map_lazily` made this one from, or itself.

        A cache can use it as its key if it reads only what the mapping left unchanged.
        """
        leaves = self._leaves
        if isinstance(leaves, _LazyLeaves):
            return cast("SortedMap[V]", leaves.book.origin)
        return self

    def __getitem__(self, key: str) -> V:
        return self._leaves[bisect_right(self._bounds, key)][key]

    @overload
    def get(self, key: str, /) -> V | None: ...
    @overload
    def get(self, key: str, /, default: V | D) -> V | D: ...
    def get(self, key: str, /, default: object = None) -> object:
        """Return the value of a key, or `default`. `Mapping.get` would raise and catch an exception."""
        return self._leaves[bisect_right(self._bounds, key)].get(key, default)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._leaves[bisect_right(self._bounds, key)]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._leaves)

    def values(self) -> ValuesView[V]:
        """Return the values, without looking up each key."""
        return _Values(self)

    def items(self) -> ItemsView[str, V]:
        """Return the entries, without looking up each key."""
        return _Items(self)

    def leaves(self) -> Iterator[dict[str, V]]:
        """Yield the leaves, for the views."""
        return iter(self._leaves)

    def __bool__(self) -> bool:
        return bool(self._leaves[0])  # only a single leaf can be empty

    def __len__(self) -> int:
        return sum(map(len, self._leaves))

    def __eq__(self, compared: object) -> bool:
        if not isinstance(compared, SortedMap):
            return super().__eq__(compared)
        compared_map = cast("SortedMap[object]", compared)
        # They nearly always have equal leaves, and most of those are the same objects.
        if self._leaves == compared_map._leaves:
            return True
        return len(self) == len(compared_map) and all(
            map(eq, self.items(), compared_map.items())
        )

    def __repr__(self) -> str:
        return f"SortedMap({dict(self)!r})"


class _LazyLeaves(Sequence[dict[str, W]]):
    """The leaves of a mapping, each made from an older leaf when it is first asked for."""

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
            return [self[index] for index in range(*at.indices(len(self)))]
        leaf = self._made[at]
        if leaf is None:
            old_leaf = self._older[at]
            leaf = {key: self._make(key, value) for key, value in old_leaf.items()}
            self._made[at] = leaf
        return leaf


class _Values(ValuesView[V]):
    _mapping: SortedMap[V]

    def __iter__(self) -> Iterator[V]:
        return chain.from_iterable(leaf.values() for leaf in self._mapping.leaves())


class _Items(ItemsView[str, V]):
    _mapping: SortedMap[V]

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return chain.from_iterable(leaf.items() for leaf in self._mapping.leaves())
