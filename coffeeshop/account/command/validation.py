"""What the CLI refuses before anything is sent: types, missing and unknown members, minima; in botocore's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.values import Json

TYPES = {
    "structure": (dict, "<class 'dict'>"),
    "map": (dict, "<class 'dict'>"),
    "list": (tuple, "<class 'list'>, <class 'tuple'>"),
    "integer": (int, "<class 'int'>"),
    "long": (int, "<class 'int'>"),
    "double": (int | float, "<class 'float'>, <class 'int'>"),
    "boolean": (bool, "<class 'bool'>"),
    "blob": (bytes, "<class 'bytes'>, <class 'bytearray'>, file-like object"),
    "string": (str, "<class 'str'>"),
    "timestamp": (str, "<class 'datetime.datetime'>, timestamp-string"),
}


def faults(shape: Shape, found: Json, name: str) -> Iterator[str]:
    """What the CLI itself finds wrong with a parameter before anything is sent: types, members, minima."""
    wanted, valid = TYPES[shape.type]
    if not isinstance(found, wanted) or (isinstance(found, bool) and shape.type != "boolean"):
        shown = list(found) if isinstance(found, tuple) else found
        yield f"Invalid type for parameter {name}, value: {shown}, type: {type(shown)}, valid types: {valid}"
        return
    yield from _too_little(shape, found, name)
    match shape.type:
        case "structure":
            yield from structure_faults(shape, cast("Mapping[str, Json]", found), name)
        case "list":
            for n, part in enumerate(cast("tuple[Json, ...]", found)):
                yield from faults(cast(Member, shape.element).shape, part, f"{name}[{n}]")
        case "map":
            for key, part in cast("Mapping[str, Json]", found).items():
                yield from faults(cast(Member, shape.value).shape, part, f"{name}.{key}")
        case _:
            pass


def _too_little(shape: Shape, found: Json, name: str) -> Iterator[str]:
    if shape.minimum is None:
        return
    if isinstance(found, int | float):
        if found < shape.minimum:
            yield f"Invalid value for parameter {name}, value: {found}, valid min value: {shape.minimum}"
    elif (size := len(cast(str, found))) < shape.minimum:
        yield f"Invalid length for parameter {name}, value: {size}, valid min length: {shape.minimum}"


def structure_faults(shape: Shape, found: Mapping[str, Json], name: str) -> Iterator[str]:
    """Members that are missing, that the row leaves out, or that it does not know."""
    for member in shape.members:
        if member.required and member.name not in found:
            yield f'Missing required parameter in {name}: "{member.name}"'
    for key, part in found.items():
        member = shape.member(key)
        if member is None and key in shape.left_out:
            yield f'Parameter in {name} that is not simulated: "{key}"'
        elif member is None:
            known = ", ".join(m.name for m in shape.members)
            yield f'Unknown parameter in {name}: "{key}", must be one of: {known}'
        else:
            yield from faults(member.shape, part, f"{name}.{key}" if name != "input" else key)
