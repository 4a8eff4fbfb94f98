"""Decode the messages of a page, in the format of textual-serve's script: ["stdin", "…"], ["resize", {…}] …"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import DecodeError, Meta, Struct
from msgspec.json import Decoder

from coffeeshop.window import MAX_COLUMNS, MAX_ROWS

MAX_MESSAGE_BYTES = 1024 * 1024  # bytes of one message: a long policy that is pasted is one


class Size(Struct, frozen=True):
    """A terminal's size in cells. A size beyond MAX_COLUMNS or MAX_ROWS is invalid."""

    width: Annotated[int, Meta(ge=1, le=MAX_COLUMNS)]
    height: Annotated[int, Meta(ge=1, le=MAX_ROWS)]


class Stdin(Struct, frozen=True, array_like=True, tag="stdin"):
    """Typed or pasted text, as a terminal sends it."""

    text: str


class Resize(Struct, frozen=True, array_like=True, tag="resize"):
    """The window has a new size."""

    size: Size


class Ping(Struct, frozen=True, array_like=True, tag="ping"):
    """A request to send this text back."""

    text: Annotated[str, Meta(max_length=64)]


class Focus(Struct, frozen=True, array_like=True, tag="focus"):
    """The terminal got the keyboard focus."""


class Blur(Struct, frozen=True, array_like=True, tag="blur"):
    """The terminal lost the keyboard focus."""


Message: TypeAlias = Stdin | Resize | Ping | Focus | Blur
_MESSAGE_DECODER = Decoder(Message)


def message(text: str) -> Message | None:
    """Return the message in a text, or None if it is invalid."""
    try:
        return _MESSAGE_DECODER.decode(text)
    except (DecodeError, UnicodeEncodeError, RecursionError):
        return None
