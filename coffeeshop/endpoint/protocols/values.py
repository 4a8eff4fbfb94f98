"""Read and write scalars as text, for XML, forms and headers. Instants have AWS's formats."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from coffeeshop.account.api.operations import Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.refusals import UnreadableError

INTEGER_PATTERN = re.compile(r"[+-]?[0-9]{1,19}")
DECIMAL_PATTERN = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
INTEGER_LIMIT = 2**63
BOOLEANS = {"true": True, "false": False}


def read_scalar(shape: Shape, text: str, place: str) -> Json:
    """Return the scalar in a text.

    `place` names it in errors. Raise UnreadableError if it isn't of the shape's type.
    """
    match shape.type:
        case "integer" | "long" if (
            INTEGER_PATTERN.fullmatch(text) and -INTEGER_LIMIT <= int(text) < INTEGER_LIMIT
        ):
            return int(text)
        case "double" if DECIMAL_PATTERN.fullmatch(text):
            return float(text)
        case "boolean" if text.lower() in BOOLEANS:
            return BOOLEANS[text.lower()]
        case "blob":
            return decode_base64(text, place)
        case "integer" | "long" | "double" | "boolean":
            raise UnreadableError(f"{place}: {text[:40]!a} isn't of type {shape.type}")
        case _:
            return text


def decode_base64(text: str, place: str) -> bytes:
    """Return the bytes of a text in base64. Raise UnreadableError."""
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        raise UnreadableError(f"{place}: this isn't valid base64") from None


def encode_base64(value: Json) -> str:
    """Return bytes in base64. A text is in base64 already and stays."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return str(value)


def write_scalar(shape: Shape, value: Json, form: str) -> str:
    """Return a scalar as text. `form` is the format of an instant whose shape doesn't set one."""
    match value:
        case str():
            if shape.type == "timestamp":
                return format_instant(value, shape.format or form)
            return value
        case bool():
            return "true" if value else "false"
        case bytes():
            return encode_base64(value)
        case _:
            return str(value)


def parse_instant(text: str) -> datetime:
    """Return the instant in a reply: 2026-03-02T08:00:00+00:00."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)  # lists repeat the same dates
def format_instant(text: str, form: str) -> str:
    """Return an instant in a format of AWS's.

    "iso8601.000" has milliseconds, "rfc822" is for HTTP headers, and "unixTimestamp" counts seconds since 1970.
    """
    at = parse_instant(text).astimezone(UTC)
    match form:
        case "rfc822":
            return format_datetime(at, usegmt=True)
        case "unixTimestamp":
            return f"{at.timestamp():.3f}".rstrip("0").rstrip(".")
        case "iso8601.000":
            return f"{at.isoformat(timespec='milliseconds')[:23]}Z"
        case _:
            return f"{at.isoformat()[:19]}Z"
