"""Read an option's words as the value of a parameter: plain text, JSON, shorthand or a file.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters.html
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TypeAlias, cast

from coffeeshop.account.api.operations import SCALAR_TYPES, Member, Shape
from coffeeshop.account.command import shorthand
from coffeeshop.account.command.shell_words import MAX_LINE_LENGTH
from coffeeshop.account.values import Json

Files: TypeAlias = Callable[[str], bytes] | Mapping[str, bytes]
Raw: TypeAlias = "bool | int | float | str | bytes | list[Raw] | dict[str, Raw] | None"
MAX_DEPTH = 64


class UnreadableError(ValueError):
    """Reports a value that can't be read, with the code, the text and the fix of a problem."""

    def __init__(self, code: str, text: str, mend: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.mend = mend


def option_value(
    option: str, member: Member, words: Sequence[str], files: Files, raw_blobs: bool
) -> Json:
    """Return a parameter's value from the words after its option. Raise UnreadableError.

    With `raw_blobs` (raw-in-base64-out), the text of a blob is its bytes. Otherwise it is their base64 form.
    """
    shape = member.shape
    if member.streaming or shape.streaming:
        return read_file(words[0].removeprefix("fileb://").removeprefix("file://"), files)
    try:
        read = _read_words(
            shape,
            [_read_single_word(shape, words[0], files)] if len(words) == 1 else list(words),
            files,
        )
        return fit_shape(shape, read, raw_blobs)
    except UnreadableError as error:
        raise UnreadableError(
            error.code, f"Error parsing parameter '{option}': {error.text}", error.mend
        ) from None


def _read_single_word(shape: Shape, word: str, files: Files) -> str | bytes:
    """Return the text of an option's only word, or the content of the file that it names.

    Only a blob can be bytes. A list's file must hold a JSON list, since the CLI would split
    any other text into characters.
    """
    content = load_text(word, files)
    if isinstance(content, bytes) and shape.type != "blob":
        raise UnreadableError(
            "bad-file",
            f"{word} is bytes, but text is needed",
            "write file:// rather than fileb://",
        )
    scalars = shape.element is not None and shape.element.shape.type in SCALAR_TYPES
    if (
        isinstance(content, str)
        and content is not word
        and scalars
        and not content.lstrip().startswith("[")
    ):
        say = f"the CLI would take each character of {word} for an element"
        raise UnreadableError(
            "bad-file",
            say,
            "let the file hold a JSON list, or write its text in single quotes",
        )
    return content


def _read_words(shape: Shape, words: list[str | bytes], files: Files) -> Raw:
    """Return the value of words in JSON or shorthand.

    A list can also have a word for each element.
    """
    if words:
        first = words[0]
    else:
        first = ""
    if shape.type in SCALAR_TYPES or isinstance(first, bytes):
        return first
    texts = cast("list[str]", words)
    if shape.type == "list" and not (len(texts) == 1 and first.lstrip().startswith("[")):
        element = cast(Member, shape.element).shape
        return [
            text if element.type in SCALAR_TYPES else _read_structure(element, text, files)
            for text in texts
        ]
    return _read_structure(shape, first, files)


def _read_structure(shape: Shape, text: str, files: Files) -> Raw:
    """Return the value of a text in JSON or in the CLI's shorthand syntax. Raise UnreadableError."""
    if text.lstrip()[:1] in {"{", "["}:
        return parse_json(text)
    try:
        return _coerce_types(
            shape, _fill_from_files(shorthand.parse_shorthand(text), files)
        )
    except shorthand.ShorthandError as error:
        example = ",".join(f"{m.name}=…" for m in shape.members[:3]) or "key=value,…"
        raise UnreadableError(
            "bad-shorthand", str(error), f"write {example}, or JSON in single quotes"
        ) from None


def _fill_from_files(raw: shorthand.Raw, files: Files) -> Raw:
    """Return a shorthand value with the contents of the files that it names."""
    match raw:
        case shorthand.FromFile():
            return load_text(raw, files)
        case list():
            return [_fill_from_files(part, files) for part in raw]
        case dict():
            return {key: _fill_from_files(part, files) for key, part in raw.items()}
        case _:
            return raw


def parse_json(text: str) -> Raw:
    """Return the value of strict JSON, nested no deeper than any row.

    Raise UnreadableError.
    """
    try:
        document: Raw = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise UnreadableError("bad-json", "Invalid JSON: nested too deeply") from None
    except ValueError as error:
        raise UnreadableError(
            "bad-json",
            f"Invalid JSON: {error}\nJSON received: {text}",
            "check quotes, commas and brackets",
        ) from None
    if _nesting_depth(document) > MAX_DEPTH:
        raise UnreadableError("bad-json", "Invalid JSON: nested too deeply")
    return document


def _refuse_constant(name: str) -> Raw:
    """Raise ValueError for NaN and Infinity, which Python reads but which aren't JSON."""
    raise ValueError(f"{name} is no JSON")


def _nesting_depth(document: Raw) -> int:
    """Return the levels of nesting.

    It counts without recursion, since json.loads accepts more levels than Python's calls
    do.
    """
    depth = 0
    level = [document]
    while level:
        depth += 1
        level = [
            part
            for container in level
            if isinstance(container, list | dict)
            for part in _child_values(container)
        ]
    return depth


def _child_values(container: list[Raw] | dict[str, Raw]) -> Sequence[Raw]:
    """Return the elements of a JSON list, or the values of an object."""
    if isinstance(container, dict):
        return list(container.values())
    return container


def _coerce_types(shape: Shape, raw: Raw) -> Raw:
    """Return a shorthand value in the row's types.

    Shorthand has only text: no numbers, booleans or lists of one element.
    """
    match shape.type:
        case "structure" if isinstance(raw, dict):
            member_shapes = {m.name: m.shape for m in shape.members}
            return {
                k: _coerce_types(member_shapes[k], v) if k in member_shapes else v
                for k, v in raw.items()
            }
        case "map" if isinstance(raw, dict):
            inner = cast(Member, shape.value).shape
            return {k: _coerce_types(inner, v) for k, v in raw.items()}
        case "list":
            inner = cast(Member, shape.element).shape
            return [
                _coerce_types(inner, v) for v in (raw if isinstance(raw, list) else [raw])
            ]
        case "boolean" if isinstance(raw, str) and raw.lower() in {"true", "false"}:
            return raw.lower() == "true"
        case "integer" | "long" | "double" if isinstance(raw, str):
            return _parse_number(shape, raw)
        case _:
            return raw


def _parse_number(shape: Shape, text: str) -> int | float:
    """Return the number of a text, a float for the type double. Raise UnreadableError."""
    try:
        if shape.type == "double":
            return float(text)
        return int(text)
    except ValueError as error:
        raise UnreadableError("bad-value", str(error)[:120], "give a number") from None


# -------------------------------------------------------------------- fitting
def fit_shape(shape: Shape, raw: Raw, raw_blobs: bool = False) -> Json:
    """Return the value with tuples for lists and bytes for blobs.

    Values of a wrong type stay as they are, for `validation_faults` to report.
    """
    match shape.type:
        case "structure" if isinstance(raw, dict):
            member_shapes = {m.name: m.shape for m in shape.members}
            return {
                k: fit_shape(member_shapes[k], v, raw_blobs)
                if k in member_shapes
                else to_tuples(v)
                for k, v in raw.items()
            }
        case "map" if isinstance(raw, dict):
            inner = cast(Member, shape.value).shape
            return {k: fit_shape(inner, v, raw_blobs) for k, v in raw.items()}
        case "list" if isinstance(raw, list):
            inner = cast(Member, shape.element).shape
            return tuple(fit_shape(inner, v, raw_blobs) for v in raw)
        case "blob" if isinstance(raw, str):
            if raw_blobs:
                return _encode_text(raw)
            return _decode_base64(raw)
        case "integer" | "long" | "double" if isinstance(raw, str):
            return _parse_number(shape, raw)
        case _:
            return to_tuples(raw)


def to_tuples(raw: Raw) -> Json:
    """Return any JSON value with tuples for lists."""
    match raw:
        case list():
            return tuple(to_tuples(part) for part in raw)
        case dict():
            return {key: to_tuples(part) for key, part in raw.items()}
        case _:
            return raw


def _encode_text(text: str) -> bytes:
    """Return a text in UTF-8. Raise UnreadableError for half of a surrogate pair, which JSON can contain."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        mend = "write the character, or both its halves"
        raise UnreadableError(
            "bad-value", "half a character, \\ud800 to \\udfff, is no text", mend
        ) from None


def _decode_base64(text: str) -> bytes:
    """Return the decoded bytes.

    Characters outside base64 are ignored, as by the CLI, so `{}` is empty.
    """
    try:
        return b64decode(text)
    except (Error, ValueError):
        mend = "use fileb:// for a file's bytes, or --cli-binary-format raw-in-base64-out for plain text"
        raise UnreadableError("bad-value", f'Invalid base64: "{text[:60]}"', mend) from None


# ---------------------------------------------------------------------- files
def load_text(text: str, files: Files) -> str | bytes:
    """Return the text, or the content of the file that it names."""
    prefix, separator, name = text.partition("://")
    if not separator or prefix not in {"file", "fileb"}:
        return text
    raw = read_file(name, files, text)
    if prefix == "fileb":
        return raw
    try:
        return raw.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        say = f"Unable to load paramfile ({name}), text contents could not be decoded."
        raise UnreadableError(
            "bad-file", say, "if this is a binary file, use the fileb:// prefix"
        ) from None


def read_file(name: str, files: Files, name_shown: str = "") -> bytes:
    """Return the bytes of a file below the scenario's folder. Raise UnreadableError."""
    path = PurePosixPath(name)
    name_shown = name_shown or name
    if (
        not name.strip()
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or name.startswith("~")
    ):
        say = f"Unable to load paramfile {name_shown}: only files below the scenario's folder are read"
        raise UnreadableError(
            "bad-file", say, "give a path such as file://policies/till.json"
        )
    try:
        if callable(files):
            raw = files(str(path))
        else:
            raw = files[str(path)]
    except (OSError, KeyError, ValueError) as error:
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror
        else:
            reason = "No such file or directory"
        if isinstance(error, OSError) and error.errno:
            number = error.errno
        else:
            number = 2
        say = f"Unable to load paramfile {name_shown}: [Errno {number}] {reason}: '{name}'"
        raise UnreadableError("bad-file", say, _file_names(files)) from None
    if len(raw) > MAX_LINE_LENGTH:
        say = f"Unable to load paramfile {name_shown}: it has {len(raw)} bytes; at most {MAX_LINE_LENGTH} are read"
        raise UnreadableError("bad-file", say)
    return raw


def _file_names(files: Files) -> str:
    """Return a hint that lists the files which a line can read, or "" if they can't be listed."""
    if callable(files) or not files:
        return ""
    return f"files here: {', '.join(sorted(files)[:12])}"
