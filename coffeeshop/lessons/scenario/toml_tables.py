"""Read a TOML file as a typed table, and report every key and value that doesn't fit, each with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import (
    Annotated,
    Any,
    NamedTuple,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec import Meta, Struct

from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.problem import Level, Place, Problem, Problems

S = TypeVar("S", bound=Struct)

QUOTES_FIX = "put a text in double quotes, a list in [ ], and a text that has double quotes in three single quotes"
FIXES_BY_TYPE = {  # by the type that msgspec expects: how to write it in TOML
    "str": 'put it in quotes: "…"',
    "int": "write a whole number, without quotes",
    "bool": "write true or false, without quotes",
    "array": 'write a list: ["…", "…"]',
    "object": "write a table: { key = … }",
}


class Source(NamedTuple):
    """A file's name in problems, and its text."""

    name: str
    text: str


def read_toml(text: str, form: type[S], name: str) -> S:
    """Return the text of the file `name` as a `form`.

    Raise Problems, all at once: bad TOML, unknown keys with the nearest known one, missing keys, values of
    another type.
    """
    source = Source(name, text)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problems(_toml_problem(error, source)) from None
    except RecursionError:
        raise _unread(
            "it is nested too deeply", "nest no more than a few tables and lists", name
        ) from None
    except ValueError:  # Python's limit on the digits of a number
        raise _unread("a number in it is too long", "write fewer digits", name) from None
    try:
        return msgspec.convert(table, form)
    except msgspec.ValidationError:  # it names the first problem only
        raise Problems(*_misfits(table, form, "", source)) from None


def _toml_problem(error: tomllib.TOMLDecodeError, source: Source) -> Problem:
    """Return the Problem of a syntax error."""
    position = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if position:
        place = Place(source.name, int(position[1]), int(position[2]))
    else:
        place = Place(source.name)
    message = re.sub(r" \(at .*\)$", "", str(error))
    return Problem(
        Level.ERROR, "not-toml", place, f"this is not TOML: {message}", QUOTES_FIX
    )


def _unread(reason: str, mend: str, name: str) -> Problems:
    return Problems(
        Problem(
            Level.ERROR,
            "not-toml",
            Place(name),
            f"this is not TOML that can be read: {reason}",
            mend,
        )
    )


def _misfits(
    table: Mapping[str, Any], form: type[Struct], path: str, source: Source
) -> Iterator[Problem]:
    """Yield a problem for each key or value of `table` that doesn't fit `form`, in nested tables too."""
    hints = get_type_hints(form, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(form)}
    for key in table.keys() - fields.keys():
        near = nearest_name(key, fields)
        if near:
            mend = f"did you mean `{near}`?"
        else:
            mend = f"choose one of: {', '.join(sorted(fields))}"
        yield _problem("unknown-key", path, key, source, f"unknown key `{key}`", mend)
    for key, field in fields.items():
        if key in table:
            yield from _misfit_value(table[key], hints[field.name], path, key, source)
        elif field.required:
            yield _problem(
                "missing-key",
                path,
                key,
                source,
                f"the key `{key}` is missing",
                f"add `{key} = …`",
            )


def _misfit_value(
    value: Any, kind: Any, path: str, key: str, source: Source
) -> Iterator[Problem]:
    """Yield the problems of one value against its type."""
    location = f"{path}.{key}" if path else key
    bare = _type_without_annotations(kind)
    inner = _struct_in(bare)
    if inner is not None and isinstance(value, dict) and get_origin(bare) is not dict:
        yield from _misfits(cast("dict[str, Any]", value), inner, location, source)
    elif inner is not None and isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            yield from _misfit_value(item, get_args(bare)[1], location, name, source)
    elif (
        inner is not None
        and value
        and isinstance(value, list)
        and get_origin(bare) is tuple
    ):
        for index, item in enumerate(cast("list[Any]", value)):
            if isinstance(item, dict):
                yield from _misfits(
                    cast("dict[str, Any]", item), inner, f"{location}[{index}]", source
                )
            else:
                yield _problem(
                    "wrong-type",
                    path,
                    key,
                    source,
                    f"`{key}` has to be a list of tables",
                    f"write [[{key}]]",
                )
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            yield _problem(
                "wrong-type",
                path,
                key,
                source,
                f"`{key}`: {_error_text(error)}",
                _fix_text(error, kind),
            )


def _fix_text(error: msgspec.ValidationError, kind: Any) -> str:
    """Return how to write a value of that type."""
    if "enum value" in str(error):
        return f"write one of: {', '.join(_choices(kind))}"
    described = [
        meta.description
        for meta in get_args(kind)[1:]
        if isinstance(meta, Meta) and meta.description
    ]
    if described:
        return described[0]
    expected = re.search(r"Expected `(\w+)", str(error))
    return FIXES_BY_TYPE.get(expected[1] if expected else "", "")


def _choices(kind: Any) -> list[str]:
    """Return the allowed values of an enum or a Literal."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(member.value) for member in kind]
    return [*map(str, get_args(kind))]


def _error_text(error: msgspec.ValidationError) -> str:
    """Return msgspec's message with the place as people read it."""
    return str(error).replace(" - at `$", ", at `").replace("`.", "`")


def _type_without_annotations(kind: Any) -> Any:
    """Return a type without its annotations."""
    if get_origin(kind) is Annotated:
        return get_args(kind)[0]
    return kind


def _struct_in(kind: Any) -> type[Struct] | None:
    """Return the Struct that a type is or contains. Return None if it has none."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind
    return next(
        (
            inner_struct
            for part in get_args(kind)
            if (inner_struct := _struct_in(part)) is not None
        ),
        None,
    )


def _problem(
    code: str, path: str, key: str, source: Source, message: str, mend: str
) -> Problem:
    location = f"{source.name}, {path}" if path else source.name
    return Problem(
        Level.ERROR,
        code,
        Place(location, _line_of_key(source.text, path, key)),
        message,
        mend,
    )


def _line_of_key(text: str, path: str, key: str) -> int:
    """Return the line of `key` in the table at `path` ("job[1]"), or the table's first line, or 0."""
    table, _, index = path.partition("[")
    nth = int(index.partition("]")[0]) if index else 0
    head = re.compile(rf"^\s*\[+\s*{re.escape(table)}\s*\]+")
    rows = text.splitlines()
    if table:
        starts = [n for n, row in enumerate(rows) if head.match(row)]
    else:
        starts = [-1]
    if nth >= len(starts):
        return 0
    begin = starts[nth]
    for n in range(begin + 1, len(rows)):
        if re.match(r"^\s*\[", rows[n]):
            break
        if re.match(rf"^\s*{re.escape(key)}\s*=", rows[n]):
            return n + 1
    return begin + 1
