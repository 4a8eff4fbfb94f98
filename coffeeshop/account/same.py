"""Keys for caches, for values that would cost too much to hash or to compare by content."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Same(Generic[T]):
    """A key that equals another one with the same object. It keeps the object alive."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __eq__(self, compared: object) -> bool:
        return isinstance(compared, Same) and self.value is compared.value  # pyright: ignore[reportUnknownMemberType]

    def __hash__(self) -> int:
        return id(self.value)


class Content(Generic[T]):
    """A key that equals another one with an equal value. It computes the hash once."""

    __slots__ = ("_hash", "value")

    def __init__(self, value: T) -> None:
        self.value = value
        self._hash = hash(value)

    def __eq__(self, compared: object) -> bool:
        if not isinstance(compared, Content):
            return False
        compared_content = cast("Content[object]", compared)
        if self.value is compared_content.value:
            return True
        return self._hash == compared_content._hash and self.value == compared_content.value

    def __hash__(self) -> int:
        return self._hash


class Part(Generic[T]):
    """A key that equals another one with the same parts: the objects that `parts` takes out of the value, and `extra`.

    A call leaves most parts of an account as they were. A cached result that depends on these parts stays valid.
    """

    __slots__ = ("_hash", "_parts", "value")

    def __init__(
        self, value: T, parts: Callable[[T], tuple[Any, ...]], extra: object = None
    ) -> None:
        self.value = value
        self._parts = (*parts(value), extra)
        self._hash = hash(tuple(map(id, self._parts)))

    def __eq__(self, compared: object) -> bool:
        return isinstance(compared, Part) and all(map(is_, self._parts, compared._parts))  # pyright: ignore[reportUnknownMemberType]

    def __hash__(self) -> int:
        return self._hash
