"""Evaluate JMESPath within bounds. Each `[@,@]` doubles the result, so its size is counted during evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

MAX_EVALUATIONS = 100_000  # evaluations of parts of an expression
PARTS_PER_STEP = 20  # a value of so many parts costs one more step
MOST_PARTS = 100_000  # most elements or characters of an intermediate value
CHARACTERS_PER_PART = 16  # so many characters count as one part of a value


class BeyondError(Exception):
    """Reports that an expression needs more steps or makes larger values than the bounds allow."""


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
        return 1 + len(value) // CHARACTERS_PER_PART
    return 1


class _WithinBounds(Functions):
    """The functions of JMESPath. Only `join` can make a value larger than its arguments, so it is bounded."""

    @signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, glue: str, strings: list[str]) -> str:
        """Return the strings joined by `glue`.

        Raise BeyondError if the copies of the glue alone exceed MOST_PARTS characters.

        A long glue between many short strings makes a text far larger than both, so the
        size is checked before joining.
        """
        if len(glue) * len(strings) > MOST_PARTS:
            raise BeyondError
        return glue.join(strings)


class Bounded(TreeInterpreter):
    """Evaluates an expression within MAX_EVALUATIONS and PARTS. Raises BeyondError beyond them.

    The size of a value is that of its printed form, so a part that occurs twice counts twice.
    """

    def __init__(self) -> None:
        super().__init__(Options(custom_functions=_WithinBounds()))
        self.left = MAX_EVALUATIONS
        self.sizes = dict[
            int, tuple[int, object]
        ]()  # by id(), with the value, so that its id isn't used again

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        """Evaluate a part of the expression, and count its cost. Raise BeyondError."""
        seen: Any = super().visit(node, *args, **kwargs)
        self.left -= 1 + self._whole(seen) // PARTS_PER_STEP
        if self.left < 0 or (hasattr(seen, "__len__") and len(seen) > MOST_PARTS):
            raise BeyondError
        return seen

    def _whole(self, value: object) -> int:
        """Return the size of a value with all values inside it, computed once for each object."""
        if isinstance(value, str | int | float | None):
            return own_size(value)
        if id(value) not in self.sizes:
            self.sizes[id(value)] = (
                own_size(value) + sum(map(self._whole, child_values(value))),
                value,
            )
        return self.sizes[id(value)][0]
