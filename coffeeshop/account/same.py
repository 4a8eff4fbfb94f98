"""Values as keys by which something is remembered: these very ones, where to compare their content would cost too much."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Same(Generic[T]):
    """Is equal to another that holds the same object, which lives as long as this does."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value  # pyright: ignore[reportUnknownMemberType]

    def __hash__(self) -> int:
        return id(self.value)


class Content(Generic[T]):
    """Is equal to another that holds what is equal, however large: its hash is worked out once."""

    __slots__ = ("_hash", "value")

    def __init__(self, value: T) -> None:
        self.value = value
        self._hash = hash(value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Content):
            return False
        there = cast("Content[object]", other)
        return self.value is there.value or (
            self._hash == there._hash and self.value == there.value
        )

    def __hash__(self) -> int:
        return self._hash


class Part(Generic[T]):
    """Is equal to another of a value in which what `parts` takes out of it, and what stands beside, are the same objects: a
    call leaves most of an account as it was.
    """

    __slots__ = ("_hash", "_held", "value")

    def __init__(
        self, value: T, parts: Callable[[T], tuple[Any, ...]], beside: object = None
    ) -> None:
        self.value = value
        self._held = (*parts(value), beside)
        self._hash = hash(tuple(map(id, self._held)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Part) and all(map(is_, self._held, other._held))  # pyright: ignore[reportUnknownMemberType]

    def __hash__(self) -> int:
        return self._hash
