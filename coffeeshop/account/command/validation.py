"""What the CLI refuses before anything is sent: types, missing and unknown members, minima; in botocore's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.api.violations import PathPart, Violation, find_violations
from coffeeshop.account.command.grammar import HOISTED_MEMBERS, ZIP_MEMBER
from coffeeshop.account.command.option_values import UnreadableError
from coffeeshop.account.command.parse import Given
from coffeeshop.account.values import Json

VALID_TYPES = {
    "structure": "<class 'dict'>",
    "map": "<class 'dict'>",
    "list": "<class 'list'>, <class 'tuple'>",
    "integer": "<class 'int'>",
    "long": "<class 'int'>",
    "double": "<class 'float'>, <class 'int'>",
    "boolean": "<class 'bool'>",
    "blob": "<class 'bytes'>, <class 'bytearray'>, file-like object",
    "string": "<class 'str'>",
    "timestamp": "<class 'datetime.datetime'>, timestamp-string",
}


BUCKET_PATTERN = r"^[a-zA-Z0-9.\-_]{1,255}$"
BUCKET_ARN = (
    r"^arn:(aws).*:(s3|s3-object-lambda):[a-z\-0-9]*:[0-9]{12}:accesspoint[/:][a-zA-Z0-9\-.]{1,63}$|"
    r"^arn:(aws).*:s3-outposts:[a-z\-0-9]+:[0-9]{12}:outpost[/:][a-zA-Z0-9\-]{1,63}[/:]accesspoint[/:][a-zA-Z0-9\-]{1,63}$"
)


def bucket_fault(service: str, parameters: Mapping[str, Json]) -> str:
    """Return the CLI's complaint about a bucket's name, or ""."""
    name = parameters.get("Bucket")
    if (
        service != "s3"
        or not isinstance(name, str)
        or re.search(BUCKET_PATTERN, name)
        or re.search(BUCKET_ARN, name)
    ):
        return ""
    return (
        f'Invalid bucket name "{name}": Bucket name must match the regex "{BUCKET_PATTERN}" '
        f'or be an ARN matching the regex "{BUCKET_ARN}"'
    )


def validation_faults(shape: Shape, parameters: Mapping[str, Json]) -> Iterator[str]:
    """Yield the faults that the CLI itself finds. It checks no maximum, enum or pattern."""
    for violation in find_violations(shape, parameters):
        yield from _violation_texts(violation)


def _violation_texts(violation: Violation) -> Iterator[str]:
    """Yield what botocore's validation says about a parameter that doesn't fit its shape."""
    shape = violation.shape
    value = violation.value
    path = violation.path
    name = _path_name(path)
    if path:
        last = path[-1].name
    else:
        last = ""
    match violation.breach:
        case "missing":
            yield f'Missing required parameter in {_path_name(path[:-1])}: "{last}"'
        case "unknown" if last in shape.left_out:
            yield f'Parameter in {_path_name(path[:-1])} that is not simulated: "{last}"'
        case "unknown":
            member_names = ", ".join(member.name for member in shape.members)
            yield f'Unknown parameter in {_path_name(path[:-1])}: "{last}", must be one of: {member_names}'
        case "null":
            yield _wrong_type_text(cast(Member, shape.member(last)).shape, None, name)
        case "type":
            yield _wrong_type_text(shape, value, name)
        case "minimum" if isinstance(value, int | float):
            yield f"Invalid value for parameter {name}, value: {value}, valid min value: {shape.minimum}"
        case "minimum":
            size = len(cast(str, value))
            yield f"Invalid length for parameter {name}, value: {size}, valid min length: {shape.minimum}"
        case _:
            pass


def _wrong_type_text(shape: Shape, value: Json, name: str) -> str:
    """Return botocore's sentence about a parameter of the wrong type."""
    if isinstance(value, tuple):
        value_shown = list(value)
    else:
        value_shown = value
    valid = VALID_TYPES[shape.type]
    return f"Invalid type for parameter {name}, value: {value_shown}, type: {type(value_shown)}, valid types: {valid}"


def _path_name(path: Iterable[PathPart]) -> str:
    """Return the path of a value as botocore writes it: `Tags[0].Key`, `Tags (key: team)`,
    or `input`.
    """
    forms = {"element": "[{0.order}]", "key": " (key: {0.name})"}
    return (
        "".join(
            forms.get(part.kind, ".{0.name}").format(part) for part in path
        ).removeprefix(".")
        or "input"
    )


def check_function_code(row: Operation, option_given: Given, value: Json) -> None:
    """Raise UnreadableError, in the CLI's words, if a function's code isn't given as a
    file.
    """
    hoisted, inner = HOISTED_MEMBERS.get((row.service, row.name), ("", ""))
    member = cast(Member, option_given.option.member)
    mend = "write --zip-file fileb://NAME.zip of a file"
    if inner and member.name == hoisted and isinstance(value, Mapping) and inner in value:
        say = f"{inner} cannot be provided as part of the {option_given.option.name} argument.  Please use the '--zip-file' "
        raise UnreadableError(
            "bad-value", f"{say}option instead to specify a zip file.", mend
        )
    if member.name == ZIP_MEMBER and not option_given.words[0].text.startswith("fileb://"):
        say = "--zip-file must be a zip file with the fileb:// prefix.\nExample usage:  --zip-file fileb://path/to/file.zip"
        raise UnreadableError("bad-value", say, mend)
