"""A mapping of which a changed copy costs little: a call changes one entry among thousands, and every copy is kept."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from itertools import chain
from typing import TypeVar, cast, overload
from zlib import crc32

V = TypeVar("V")
D = TypeVar("D")
LEAVES = 64


def _leaf(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass")) % LEAVES


class Book(Mapping[str, V]):
    """An immutable mapping in 64 leaves; `put` and `drop` copy one of them. Order depends on the entries alone, not on
    the process, and means nothing: readers sort.
    """

    __slots__ = ("_leaves",)
    __hash__ = None  # as every mapping: equal by content

    def __init__(self, entries: Iterable[tuple[str, V]] = ()) -> None:
        bare: dict[str, V] = {}  # one leaf for all that hold nothing: no leaf ever changes
        leaves = [bare] * LEAVES
        for key, value in entries:
            at = _leaf(key)
            leaves[at] = leaves[at] or {}
            leaves[at][key] = value
        self._leaves: tuple[dict[str, V], ...] = tuple(leaves)

    def _with(self, at: int, leaf: dict[str, V]) -> Book[V]:
        new = cast("Book[V]", object.__new__(Book))
        new._leaves = (*self._leaves[:at], leaf, *self._leaves[at + 1 :])
        return new

    def put(self, key: str, value: V) -> Book[V]:
        """The same book with one entry set."""
        at = _leaf(key)
        return self._with(at, {**self._leaves[at], key: value})

    def drop(self, key: str) -> Book[V]:
        """The same book without that entry; KeyError where there is none."""
        at = _leaf(key)
        leaf = dict(self._leaves[at])
        del leaf[key]
        return self._with(at, leaf)

    def __getitem__(self, key: str) -> V:
        return self._leaves[_leaf(key)][key]

    @overload
    def get(self, key: str, /) -> V | None: ...
    @overload
    def get(self, key: str, /, default: V | D) -> V | D: ...
    def get(self, key: str, /, default: object = None) -> object:
        """The value of a key, or `default`, without the exception that a Mapping's own would raise inside."""
        return self._leaves[_leaf(key)].get(key, default)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._leaves[_leaf(key)]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._leaves)

    def values(self) -> ValuesView[V]:
        """The values, without looking each key up again."""
        return _Values(self)

    def items(self) -> ItemsView[str, V]:
        """The entries, without looking each key up again."""
        return _Items(self)

    def leaves(self) -> Iterator[dict[str, V]]:
        """The leaves, for the views."""
        return iter(self._leaves)

    def __len__(self) -> int:
        return sum(map(len, self._leaves))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Book):
            return super().__eq__(other)
        return self._leaves == cast("Book[object]", other)._leaves

    def __repr__(self) -> str:
        return f"Book({dict(self)!r})"


class _Values(ValuesView[V]):
    _mapping: Book[V]

    def __iter__(self) -> Iterator[V]:
        return chain.from_iterable(leaf.values() for leaf in self._mapping.leaves())


class _Items(ItemsView[str, V]):
    _mapping: Book[V]

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return chain.from_iterable(leaf.items() for leaf in self._mapping.leaves())
