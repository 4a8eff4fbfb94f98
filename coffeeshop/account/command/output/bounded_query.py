"""JMESPath within bounds: what an expression looks at and makes is counted on the way, since it grows with each `[@,@]`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

STEPS = 100_000  # parts of an expression looked at, each as often as it is
SEEN = 20  # parts of a value that are looked at in a step
PARTS = 100_000  # elements or characters of any value on the way
PIECE = 16  # characters that are a part of a value


class BeyondError(Exception):
    """The expression makes more than it may."""


def child_values(value: object) -> Iterable[object]:
    """Return the keys and values directly inside a value."""
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        return (*mapping, *mapping.values())
    if isinstance(value, list):
        return cast("list[object]", value)
    return ()


def own_size(value: object) -> int:
    """Return the size of a value without the values inside it."""
    if isinstance(value, str):
        return 1 + len(value) // PIECE
    return 1


class _WithinBounds(Functions):
    """The functions of JMESPath, of which one alone makes more than what it was given."""

    @signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, glue: str, strings: list[str]) -> str:
        if len(glue) * len(strings) > PARTS:
            raise BeyondError
        return glue.join(strings)


class Bounded(TreeInterpreter):
    """Looks at an expression part by part, so far and no further. Raises BeyondError.

    A value is as large as it would be printed: what lies in it twice counts twice.
    """

    def __init__(self) -> None:
        super().__init__(Options(custom_functions=_WithinBounds()))
        self.left = STEPS
        self.sizes = dict[
            int, tuple[int, object]
        ]()  # by id, and with the value, so that no other gets that id

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        """Visit a part of the expression, and count what it looks at. Raise BeyondError."""
        seen: Any = super().visit(node, *args, **kwargs)
        self.left -= 1 + self._whole(seen) // SEEN
        if self.left < 0 or (hasattr(seen, "__len__") and len(seen) > PARTS):
            raise BeyondError
        return seen

    def _whole(self, value: object) -> int:
        if isinstance(value, str | int | float | None):
            return own_size(value)
        if id(value) not in self.sizes:
            self.sizes[id(value)] = (
                own_size(value) + sum(map(self._whole, child_values(value))),
                value,
            )
        return self.sizes[id(value)][0]
