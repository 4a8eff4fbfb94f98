"""Scalars on the wire: as text in XML, in forms and in headers; instants in the three ways that AWS writes them."""

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

WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
BROKEN = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
LARGEST = 2**63
TRUTH = {"true": True, "false": False}


def read(shape: Shape, text: str, place: str) -> Json:
    """Returns the scalar that a text says. Raises UnreadableError where it says none of the shape's type."""
    match shape.type:
        case "integer" | "long" if (
            WHOLE.fullmatch(text) and -LARGEST <= int(text) < LARGEST
        ):
            return int(text)
        case "double" if BROKEN.fullmatch(text):
            return float(text)
        case "boolean" if text.lower() in TRUTH:
            return TRUTH[text.lower()]
        case "blob":
            return unpacked(text, place)
        case "integer" | "long" | "double" | "boolean":
            raise UnreadableError(f"{place}: {text[:40]!a} is no {shape.type}")
        case _:
            return text


def asks(said: object) -> bool:
    """Tells whether a parameter that its row leaves out asks for anything here: what is false does not, nor what is null."""
    return said is not None and said is not False and said != "false"


def unpacked(text: str, place: str) -> bytes:
    """Returns the bytes that a text in base64 holds. Raises UnreadableError."""
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        raise UnreadableError(f"{place}: this is not base64") from None


def packed(value: Json) -> str:
    """Returns bytes in base64; what is a text already stands in it."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return str(value)


def written(shape: Shape, value: Json, form: str) -> str:
    """Returns a scalar as text; `form` says how an instant is written where its shape does not."""
    match value:
        case str():
            if shape.type == "timestamp":
                return instant(value, shape.format or form)
            return value
        case bool():
            return "true" if value else "false"
        case bytes():
            return packed(value)
        case _:
            return str(value)


def moment(said: str) -> datetime:
    """Returns the instant that a reply says: 2026-03-02T08:00:00+00:00."""
    at = datetime.fromisoformat(said)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)  # whoever is listed again is of the same day
def instant(said: str, form: str) -> str:
    """Returns an instant as "iso8601", with milliseconds as "iso8601.000", as "rfc822" (of HTTP's headers) or
    "unixTimestamp".
    """
    at = moment(said).astimezone(UTC)
    match form:
        case "rfc822":
            return format_datetime(at, usegmt=True)
        case "unixTimestamp":
            return f"{at.timestamp():.3f}".rstrip("0").rstrip(".")
        case "iso8601.000":
            return f"{at.isoformat(timespec='milliseconds')[:23]}Z"
        case _:
            return f"{at.isoformat()[:19]}Z"
