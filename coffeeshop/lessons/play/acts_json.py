"""Write acts as JSON and read them: one object for each act, in saves, hand-ins and exports. `loads(dumps(act)) ==
act`.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, assert_never, cast

import msgspec
from msgspec.structs import asdict

from coffeeshop.account.instants import FIRST_INSTANT, LAST_INSTANT, format_instant
from coffeeshop.account.model import (
    Act,
    Call,
    Caller,
    Key,
    Nobody,
    Origin,
    Outsider,
    Service,
)
from coffeeshop.account.values import Json

BLOB_KEY = "@base64"  # {"@base64": "…"} is a blob. A key that begins with @ gets one more @
INSTANT_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
DEFAULT_ORIGIN = Origin()
JSON_ENCODER = json.JSONEncoder(separators=(",", ":"))
MAX_DEPTH = 64  # levels of nested parameters, far more than any AWS call has


class UnreadableError(ValueError):
    """A line that can't be read as an act. Its text says why."""


def act_line(act: Act) -> str:
    """Return an act as one line of JSON: at, as, call, parameters, and origin if it isn't the default."""
    row: dict[str, object] = {
        "at": format_instant(act.at.astimezone(UTC)),
        "as": _caller_text(act.caller),
        "call": f"{act.call.service}:{act.call.operation}",
        "parameters": _to_plain_json(act.call.parameters),
    }
    if act.call.origin != DEFAULT_ORIGIN:
        row["origin"] = asdict(act.call.origin)
    return JSON_ENCODER.encode(row)


def parse_act_line(line: str) -> Act:
    """Return the act in a line that `act_line` wrote.

    Raise UnreadableError with the reason if it isn't one.
    """
    try:
        row = json.loads(line)
        service, _, operation = row["call"].partition(":")
        at = _read_instant(row["at"])
        parameters = _from_plain_json(row.get("parameters", {}))
        if "origin" in row:
            origin = msgspec.convert(asdict(Origin(**row["origin"])), Origin)
        else:
            origin = Origin()
        if not (service and operation and isinstance(parameters, Mapping)):
            raise UnreadableError(f"no call: {row['call']!r}")
        return Act(
            at, _read_caller(row["as"]), Call(service, operation, parameters, origin)
        )
    except KeyError as error:
        raise UnreadableError(f"it has no {error}") from error
    except (
        TypeError,
        AttributeError,
        ValueError,
        RecursionError,
        BadBase64,
        msgspec.ValidationError,
    ) as error:
        raise UnreadableError(str(error) or type(error).__name__) from error


def parse_saved_act(line: str) -> Act:
    """Return the act in a line of a save.

    Raise UnreadableError if it isn't one, or has a time that no clock of a play shows.
    """
    act = parse_act_line(line)
    if not FIRST_INSTANT <= act.at < LAST_INSTANT:
        at = format_instant(act.at)
        raise UnreadableError(
            f"{at} is not between {FIRST_INSTANT.year} and {LAST_INSTANT.year}"
        )
    return act


def _read_instant(text: str) -> datetime:
    """Return the time in a text such as 2026-03-02T08:00:00Z. Raise UnreadableError for any other form."""
    if not INSTANT_PATTERN.fullmatch(text):  # strptime takes ten times as long
        raise UnreadableError(f"{text!r} isn't a date and time as 2026-03-02T08:00:00Z is")
    return datetime.fromisoformat(text)


def _caller_text(caller: Caller) -> str | None:
    """Return a caller as text: the id of a credential, service:NAME, or the ARN of a
    principal of another account. None: an unsigned request.
    """
    match caller:
        case Key(id):
            return id
        case Service(name):
            return f"service:{name}"
        case Outsider(arn):
            return arn
        case Nobody():
            return None
        case _:
            assert_never(caller)


def _read_caller(text: str | None) -> Caller:
    """Return the caller that `_caller_text` wrote.

    Raise UnreadableError for a malformed ARN.

      None             nobody
      service:NAME     an AWS service
      arn:…            a principal of another account
      anything else    the id of a credential
    """
    if text is None:
        return Nobody()
    if text.startswith("service:"):
        return Service(text.removeprefix("service:"))
    if not text.startswith("arn:"):
        return Key(text)
    if not re.fullmatch(r"arn:[^:]*:[^:]*:[^:]*:\d{12}:.+", text):
        raise UnreadableError(f"{text} is no principal's ARN")
    return Outsider(text)


def _to_plain_json(value: Json) -> object:
    """Return a parameter's value as JSON can hold it.

    Bytes become {"@base64": "…"}. A key that begins with @ gets one more, so that it isn't
    taken for such a marker.
    """
    match value:
        case str():  # nearly all values are text, so this case comes first
            return value
        case bytes():
            return {BLOB_KEY: b64encode(value).decode()}
        case tuple():
            return [_to_plain_json(item) for item in value]
        case Mapping():
            return {
                f"@{key}" if key.startswith("@") else key: _to_plain_json(item)
                for key, item in value.items()
            }
        case _:
            return value


def _from_plain_json(value: Any, levels_left: int = MAX_DEPTH) -> Json:
    """Return the value that `_to_plain_json` wrote. Raise UnreadableError if it is nested
    deeper than `levels_left` levels.

    The limit keeps a forged hand-in from exhausting the stack.
    """
    if not levels_left:
        raise UnreadableError(f"its parameters are nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        blob = table.get(BLOB_KEY)
        if len(table) == 1 and isinstance(blob, str):
            return b64decode(blob, validate=True)
        return {
            key[1:] if key.startswith("@@") else key: _from_plain_json(
                item, levels_left - 1
            )
            for key, item in table.items()
        }
    if isinstance(value, list):
        return tuple(
            _from_plain_json(item, levels_left - 1) for item in cast("list[Any]", value)
        )
    return cast("Json", value)
