"""A call to the line that makes it: `read` of what `write` wrote is the call again, whatever its values are."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import cast

from msgspec.structs import replace

from coffeeshop.account.api.operations import (
    OPERATIONS,
    SCALAR_TYPES,
    Member,
    Operation,
    Shape,
    kebab,
    services,
)
from coffeeshop.account.command.grammar import (
    CLI_ONLY,
    HOISTED_MEMBERS,
    MAX_ITEMS,
    OUTFILE_OPERATIONS,
    ZIP_MEMBER,
)
from coffeeshop.account.command.placeholders import PLACEHOLDER_FORMS, holds_reference
from coffeeshop.account.command.terminal_text import dump_json
from coffeeshop.account.model import Call, Origin
from coffeeshop.account.values import Json
from coffeeshop.harmless import is_harmless

# What shorthand and a shell take as it is.
UNQUOTED_WORD = re.compile(r"[A-Za-z0-9_./:@+-]+", re.ASCII)
# Parameters that no line need show.
PASSWORD_PARAMETERS = frozenset({"Password", "OldPassword", "NewPassword"})
CODE_FILE = "fileb://function.zip"
STANDS_FOR = {"--outfile": "seed.txt", "--bootstrap-method": "Base32StringSeed"}


def write_line(call: Call, profile: str = "", outfile: str = "") -> str:
    """Return the call as a line: options in the row's order, shorthand where it is plain,
    else JSON.

    What an option can't say goes into --cli-input-json: a text that begins with file://, a
    control character, an unknown parameter. `profile` and the Region are added unless they
    are the default. A call doesn't say which file its answer goes to, so `outfile` says it.
    By default that is a name like the object's.
    """
    return " ".join(map(quote, call_words(call, profile, outfile)))


def with_code_file(call: Call) -> Call:
    """Return the call with a function's code as the name of a file, since bytes tell a reader nothing."""
    hoisted, inner = HOISTED_MEMBERS.get((call.service, call.operation), ("", ZIP_MEMBER))
    parameters = dict(call.parameters)
    structure = parameters.get(hoisted)
    if isinstance(structure, Mapping) and inner in structure:
        parameters[hoisted] = {**structure, inner: CODE_FILE}
    elif inner in parameters:
        parameters[inner] = CODE_FILE
    return replace(call, parameters=parameters)


def call_words(call: Call, profile: str = "", outfile: str = "") -> tuple[str, ...]:
    """Return the words of a call's line, without quotes."""
    row = OPERATIONS.get((call.service, call.operation))
    command = next(
        (s.command for s in services().values() if s.name == call.service), call.service
    )
    if command == "console":
        words = ["console"]
    else:
        words = ["aws", command]
    words.append(kebab(call.operation))
    apart = _json_parameters(row, call.parameters)
    if row is not None:
        words += _option_words(
            row,
            {name: value for name, value in call.parameters.items() if name not in apart},
        )
    if row is None or apart:
        words += ["--cli-input-json", dump_json(apart)]
    if row is not None:
        words += _cli_only_words(row, call.parameters, outfile)
        words += _no_paginate_words(row, call.parameters)
    if call.origin.region != Origin().region:
        words += ["--region", call.origin.region]
    return (*words, *(["--profile", profile] if profile else []))


def _json_parameters(
    row: Operation | None, parameters: Mapping[str, Json]
) -> Mapping[str, Json]:
    """Return the parameters that no option can say.

    Version 2 of the CLI reads a page's token from JSON only together with the page's size.
    """
    names = {
        name
        for name, value in parameters.items()
        if row is None or _needs_json(row, name, value)
    }
    if row and row.pages and row.pages.token in names:
        names.add(row.pages.limit)
    return {name: value for name, value in parameters.items() if name in names}


def _needs_json(row: Operation, name: str, value: Json) -> bool:
    """Return whether a parameter can't be written as an option, so that the line needs --cli-input-json."""
    member = row.input.member(name)
    if member is None or value is None:
        return True
    if isinstance(value, bytes):
        return member.streaming or member.shape.streaming or name == ZIP_MEMBER
    if isinstance(value, Mapping) and isinstance(value.get(ZIP_MEMBER), bytes):
        return True
    if isinstance(value, Mapping) and holds_reference(value):
        return True
    is_reference = (
        isinstance(value, str) and value.startswith("@") and name in PLACEHOLDER_FORMS
    )
    return (
        is_reference
        or (isinstance(value, str) and _is_file_reference(value))
        or _holds_hidden(value)
    )


def _holds_hidden(value: Json) -> bool:
    """Return whether a text in the value has characters that a line can't hold or show."""
    match value:
        case str():
            return not is_harmless(value)
        case tuple():
            return any(map(_holds_hidden, value))
        case Mapping():
            return any(_holds_hidden(part) for item in value.items() for part in item)
        case _:
            return False


def _option_words(row: Operation, parameters: Mapping[str, Json]) -> Iterator[str]:
    """Yield the words of the options for these parameters."""
    hoisted, inner = HOISTED_MEMBERS.get((row.service, row.name), ("", ""))
    for member in row.members:
        if member.name not in parameters:
            continue
        value = parameters[member.name]
        if member.name == hoisted and isinstance(value, Mapping) and inner in value:
            yield from _words_of_option(
                cast(Member, member.shape.member(inner)), value[inner]
            )
            value = {key: part for key, part in value.items() if key != inner}
            if not value:
                continue
        yield from _words_of_option(member, value)


def _words_of_option(member: Member, value: Json) -> Iterator[str]:
    """Yield an option and its words."""
    if isinstance(value, bool):
        yield member.option if value else f"--no-{member.option[2:]}"
        return
    words = tuple(_value_words(member.shape, value))
    if len(words) == 1 and words[0].startswith("-"):
        yield f"{member.option}={words[0]}"
    else:
        yield from (member.option, *words)


def _value_words(shape: Shape, value: Json) -> Iterator[str]:
    """Yield the words of one value: several for a list, and JSON for what shorthand can't express."""
    match value:
        case bytes():
            yield b64encode(value).decode()
        case str():
            yield value
        case int() | float():
            yield str(value)
        case tuple() if (
            value and shape.element and _is_listable(shape.element.shape, value)
        ):
            for part in value:
                yield from _value_words(shape.element.shape, part)
        case Mapping() if value and _fits_shorthand(shape, value):
            yield ",".join(
                f"{key}={str(part).lower() if isinstance(part, bool) else part}"
                for key, part in value.items()
            )
        case _:
            yield dump_json(value)


def _is_listable(element: Shape, values: tuple[Json, ...]) -> bool:
    """Return whether a list can be written word by word."""
    if element.type in SCALAR_TYPES:
        texts = [value for value in values if isinstance(value, str)]
        return len(texts) == len(values) and not any(
            text.lstrip()[:1] in {"[", "-"} or _is_file_reference(text) for text in texts
        )
    return all(
        isinstance(value, Mapping) and value and _fits_shorthand(element, value)
        for value in values
    )


def _is_file_reference(text: str) -> bool:
    """Return whether the CLI would read a text as the name of a file."""
    return text.startswith(("file://", "fileb://"))


def _fits_shorthand(shape: Shape, value: Mapping[str, Json]) -> bool:
    """Return whether the CLI's shorthand (`Key=value,…`) can express a structure or map.

    It can't express unknown members, nested values, bytes and special characters.
    """
    if shape.value:
        inner = shape.value.shape
    else:
        inner = None
    for key, part in value.items():
        member = shape.member(key)
        if member:
            wanted = member.shape
        else:
            wanted = inner
        text = str(part)
        if (
            wanted is None
            or wanted.type not in SCALAR_TYPES - {"blob"}
            or isinstance(part, bytes | tuple | Mapping)
        ):
            return False
        if not (
            UNQUOTED_WORD.fullmatch(text)
            and re.fullmatch(r"[A-Za-z0-9_.-]+", key, re.ASCII)
        ) or key.startswith("-"):
            return False
    return True


def _no_paginate_words(row: Operation, parameters: Mapping[str, Json]) -> Iterator[str]:
    """Yield --no-paginate if --max-items must be the operation's own parameter."""
    if row.pages and row.pages.token not in parameters:
        limit = row.input.member(row.pages.limit)
    else:
        limit = None
    if limit and limit.option == MAX_ITEMS and limit.name in parameters:
        yield "--no-paginate"


def _cli_only_words(
    row: Operation, parameters: Mapping[str, Json], outfile: str
) -> Iterator[str]:
    """Yield the arguments that only the CLI needs: files to write."""
    for option in CLI_ONLY.get((row.service, row.name), ()):
        is_file = option.name == "--outfile"
        yield from (option.name, (is_file and outfile) or STANDS_FOR[option.name])
    if outfile and (row.service, row.name) in OUTFILE_OPERATIONS:
        yield outfile
    elif (row.service, row.name) in OUTFILE_OPERATIONS:
        name = str(parameters.get("Key", "")).rsplit("/", 1)[-1]
        yield name if re.fullmatch(r"\w[\w.-]*", name, re.ASCII) else "outfile"
