"""Compare parameters with their shapes, and find every value that doesn't fit.

Two modules turn the results into words: `api.parameters` into AWS's, `command.validation` into the CLI's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias, cast

from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.api.patterns import FORBIDDEN_CHARACTERS, matches_pattern
from coffeeshop.account.values import Json

PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (tuple,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (bytes,),
    "string": (str,),
    "timestamp": (str,),
}

Breach: TypeAlias = Literal[
    "type",
    "null",
    "missing",
    "unknown",
    "maximum",
    "minimum",
    "control-characters",
    "enum",
    "pattern",
]


class PathPart(NamedTuple):
    """One part of the way from all parameters to a value.

    `name` is the name of a member or the key of a map. Elements of lists have none. `order` is its place among its
    siblings, as AWS lists them. An "entry" is a map's value, a "key" its key.
    """

    kind: Literal["member", "unknown", "element", "entry", "key"]
    name: str
    order: int


class Violation(NamedTuple):
    """A value that doesn't fit: its path and the kind of fault.

    `shape` is the value's shape. For a missing, null or unknown member it is the structure's. `list` is the list that
    contains the value, or None.
    """

    path: tuple[PathPart, ...]
    breach: Breach
    shape: Shape
    value: Json
    list: tuple[Json, ...] | None = None


def find_violations(
    shape: Shape, value: Json, path: tuple[PathPart, ...] = ()
) -> Iterator[Violation]:
    """Yield the faults of a value and of the values inside it, outermost first.

    In a structure, missing members come first, then the given ones in their order.
    """
    if not fits_type(shape, value):
        yield Violation(path, "type", shape, value)
        return
    for breach in find_breaches(shape, value):
        yield Violation(path, breach, shape, value)
    match shape.type:
        case "structure":
            yield from _structure_violations(shape, cast("Mapping[str, Json]", value), path)
        case "list":
            yield from _list_violations(
                cast(Member, shape.element).shape, cast("tuple[Json, ...]", value), path
            )
        case "map":
            yield from _map_violations(shape, cast("Mapping[str, Json]", value), path)
        case _:
            pass


def fits_type(shape: Shape, value: Json) -> bool:
    """Return whether a value has the shape's type. A bool isn't a number here, although it is an int in Python.

    A document can be any JSON.
    """
    if shape.type == "document":
        return True
    if isinstance(value, bool):
        return shape.type == "boolean"
    return isinstance(value, PYTHON_TYPES[shape.type])


def _structure_violations(
    shape: Shape, value: Mapping[str, Json], path: tuple[PathPart, ...]
) -> Iterator[Violation]:
    """Yield the faults of a structure: missing members, then unknown, null and unfitting ones in their order."""
    for order, member in enumerate(shape.members):
        if member.required and member.name not in value:
            yield Violation(
                (*path, PathPart("member", member.name, order)), "missing", shape, None
            )
    if value:
        places = {member.name: order for order, member in enumerate(shape.members)}
    else:
        places = {}
    for name, part in value.items():
        order = places.get(name)
        if order is None:
            yield Violation(
                (*path, PathPart("unknown", name, len(shape.members))),
                "unknown",
                shape,
                None,
            )
        elif part is None:
            yield Violation((*path, PathPart("member", name, order)), "null", shape, None)
        else:
            yield from find_violations(
                shape.members[order].shape, part, (*path, PathPart("member", name, order))
            )


def _list_violations(
    element: Shape, values: tuple[Json, ...], path: tuple[PathPart, ...]
) -> Iterator[Violation]:
    """Yield the faults of a list's elements.

    A fault of an element itself gets the whole list, which AWS quotes in its message.
    """
    for order, value in enumerate(values):
        own_path = (*path, PathPart("element", "", order))
        for violation in find_violations(element, value, own_path):
            yield (
                violation._replace(list=values) if violation.path is own_path else violation
            )


def _map_violations(
    shape: Shape, values: Mapping[str, Json], path: tuple[PathPart, ...]
) -> Iterator[Violation]:
    """Yield the faults of a map's keys and values."""
    keys = cast(Member, shape.key).shape
    parts = cast(Member, shape.value).shape
    for order, (key, value) in enumerate(values.items()):
        yield from find_violations(keys, key, (*path, PathPart("key", key, 2 * order)))
        yield from find_violations(
            parts, value, (*path, PathPart("entry", key, 2 * order + 1))
        )


def find_breaches(shape: Shape, value: Json) -> Iterator[Breach]:
    """Yield the shape's own limits that a value of the right type breaks."""
    if isinstance(value, int | float):
        size = value
    else:
        size = len(cast(str, value))
    if shape.maximum is not None and size > shape.maximum:
        yield "maximum"
    if shape.minimum is not None and size < shape.minimum:
        yield "minimum"
    if isinstance(value, str):
        if FORBIDDEN_CHARACTERS.search(value):
            yield "control-characters"
        elif shape.enum and value not in shape.enum:
            yield "enum"
        elif shape.pattern and not matches_pattern(shape.pattern, value):
            yield "pattern"
