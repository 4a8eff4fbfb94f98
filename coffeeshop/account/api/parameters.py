"""Whether a call's parameters fit its row: every fault at once, in AWS's words.

Texts are those of IAM's and STS's answers where they are known; see
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html for the code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

from coffeeshop.account.api.operations import SCALARS, Member, Operation, Shape
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json

CODES = {"dynamodb": "ValidationException", "lambda": "ValidationException"}  # ValidationError for all others
QUIET = {"iam", "console"}  # services that do not repeat the value: "Value at 'userName'"
NAME = r"[\w+=,.@-]+"
PATH = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"
WORDS = {  # by pattern: what AWS says instead of showing the pattern
    NAME: "The specified value for {name} is invalid. "
    "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    PATH: "The specified value for {name} is invalid. "
    "It must begin and end with / and contain only alphanumeric characters and/or / characters.",  # uncertain
}
TYPES: Mapping[str, tuple[type, ...]] = {
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


def check(operation: Operation, parameters: Mapping[str, Json]) -> None:
    """Raise ValidationError (in DynamoDB and Lambda: ValidationException), 400, with every fault of the parameters.

    Faults of length, value and presence come counted, "2 validation errors detected: …; …"; a name or path of wrong
    characters has a sentence of its own, told where nothing else is wrong.
    """
    found = tuple(faults(operation, parameters))
    counted = [text for text in found if not text.startswith("The specified value")]
    if counted:
        many = "error" if len(counted) == 1 else "errors"
        raise _error(operation, f"{len(counted)} validation {many} detected: {'; '.join(counted)}")
    if found:
        raise _error(operation, "; ".join(found))


def _error(operation: Operation, text: str) -> ServiceError:
    return ServiceError(CODES.get(operation.service, "ValidationError"), text)


def faults(operation: Operation, parameters: Mapping[str, Json]) -> Iterator[str]:
    """Each fault as AWS words it, in the order of the row's members; parameters that the row does not know at the end
    (AWS's servers overlook those, its SDKs refuse them), and those that are left out of it.
    """
    for place, constraint, value in _structure(operation.input, parameters, ""):
        if constraint.startswith("The specified value"):
            yield constraint
        else:
            shown = "" if operation.service in QUIET else f" {_shown(value)}"
            yield f"Value{shown} at '{place}' failed to satisfy constraint: {constraint}"


Fault = tuple[str, str, Json]  # place, constraint, value


def _structure(shape: Shape, value: Mapping[str, Json], place: str) -> Iterator[Fault]:
    for member in shape.members:
        at = f"{place}{member.name[0].lower()}{member.name[1:]}"
        if value.get(member.name) is not None:
            yield from _value(member.shape, value[member.name], at)
        elif member.required:
            yield at, "Member must not be null", None
    for name in value:
        if shape.member(name) is None:
            known = f"Unknown parameter, must be one of: {', '.join(m.name for m in shape.members)}"
            yield f"{place}{name}", "Parameter is not simulated" if name in shape.left_out else known, None


def _value(shape: Shape, value: Json, place: str) -> Iterator[Fault]:
    """The faults of one value of any type."""
    if not isinstance(value, TYPES[shape.type]) or (isinstance(value, bool) and shape.type != "boolean"):
        yield place, f"Member must be of type {shape.type}", value
        return
    if constraint := next(broken(shape, value, place), None):
        yield place, constraint, value
    match shape.type:
        case "structure":
            yield from _structure(shape, cast("Mapping[str, Json]", value), f"{place}.")
        case "list":
            yield from _list(cast(Member, shape.element), cast("tuple[Json, ...]", value), place)
        case "map":
            yield from _map(shape, cast("Mapping[str, Json]", value), place)
        case _:
            pass


def _list(element: Member, values: tuple[Json, ...], place: str) -> Iterator[Fault]:
    """Elements: a scalar's constraints are told of the whole list, a structure's at its own place."""
    shape = element.shape
    if shape.type not in SCALARS:
        for n, value in enumerate(values, 1):
            yield from _value(shape, value, f"{place}.{n}.member")
    elif any(True for value in values for _ in _value(shape, value, place)):
        yield place, f"Member must satisfy constraint: [{', '.join(_constraints(shape))}]", values


def _map(shape: Shape, value: Mapping[str, Json], place: str) -> Iterator[Fault]:
    for key, part in value.items():
        yield from _value(cast(Member, shape.key).shape, key, f"{place}.key")
        yield from _value(cast(Member, shape.value).shape, part, f"{place}.{key}.member")


def _constraints(shape: Shape) -> Iterator[str]:
    """What a shape demands, in AWS's words and order."""
    measure = "value" if shape.type in {"integer", "long", "double"} else "length"
    if shape.maximum is not None:
        yield f"Member must have {measure} less than or equal to {shape.maximum}"
    if shape.minimum is not None:
        yield f"Member must have {measure} greater than or equal to {shape.minimum}"
    if shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    if shape.pattern:
        yield f"Member must satisfy regular expression pattern: {shape.pattern}"
    if shape.type not in SCALARS or not (shape.maximum or shape.minimum or shape.enum or shape.pattern):
        yield f"Member must be of type {shape.type}"


def broken(shape: Shape, value: Json, place: str) -> Iterator[str]:
    """The constraints of its own that a value of the right type breaks."""
    size = value if isinstance(value, int | float) else len(cast(str, value))
    measure = "value" if isinstance(value, int | float) else "length"
    if shape.maximum is not None and size > shape.maximum:
        yield f"Member must have {measure} less than or equal to {shape.maximum}"
    if shape.minimum is not None and size < shape.minimum:
        yield f"Member must have {measure} greater than or equal to {shape.minimum}"
    if isinstance(value, str):
        yield from _misspelt(shape, value, place)


def _misspelt(shape: Shape, value: str, place: str) -> Iterator[str]:
    if UNRULY.search(value):
        yield "Member must not contain control characters"
    elif shape.enum and value not in shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    elif shape.pattern and not matches(shape.pattern, value):
        text = WORDS.get(shape.pattern, f"Member must satisfy regular expression pattern: {shape.pattern}")
        yield text.format(name=place) if shape.pattern in WORDS else text


# Control characters, other than tab, line feed and carriage return, and halves of surrogate pairs.
UNRULY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


# ------------------------------------------------------------------ patterns
# Python's `re` knows no \p{L}: a character beyond ASCII stands as the private one of its kind, and the class that is
# written for \p{L} holds that one and what of ASCII is of its kind.
KINDS = {
    "L": ("\ue000", "a-zA-Z\ue000"),
    "M": ("\ue001", "\ue001"),
    "N": ("\ue002", "0-9\ue002"),
    "P": ("\ue003", "!-#%-*,-/:;?@\\[-\\]_{}\ue003"),
    "S": ("\ue004", "$+<=>^`|~\ue004"),
    "Z": ("\ue005", " \ue005"),
    "C": ("\ue006", ""),
}


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value fits a pattern of AWS's models, in which `\\w` and `\\d` are ASCII."""
    if r"\p{" in pattern:
        value = "".join(map(_kind, value))
    return _compiled(pattern).fullmatch(value) is not None


def _kind(character: str) -> str:
    return character if character.isascii() else KINDS[unicodedata.category(character)[0]][0]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    text = pattern.replace(r"\u10000-\u10FFFF", "\U00010000-\U0010ffff")
    return re.compile(re.sub(r"\\p\{(\w)\}", lambda found: KINDS[found[1]][1], text), re.ASCII)


def _shown(value: Json) -> str:
    """A value as STS's answers quote it."""
    match value:
        case None:
            return "null"
        case tuple():
            return f"'[{', '.join(map(str, value))}]'"
        case _:
            return f"'{value}'"
