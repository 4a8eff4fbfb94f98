"""What a page may say to its session, by the words of textual-serve's script: ["stdin", "…"], ["resize", {…}] …"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import DecodeError, Meta, Struct
from msgspec.json import Decoder

from coffeeshop.window import TALLEST, WIDEST

LARGEST = 1024 * 1024  # bytes of one message: a long policy that is pasted is one


class Size(Struct, frozen=True):
    """A terminal's size in cells. What nobody can have on a desk is none."""

    width: Annotated[int, Meta(ge=1, le=WIDEST)]
    height: Annotated[int, Meta(ge=1, le=TALLEST)]


class Stdin(Struct, frozen=True, array_like=True, tag="stdin"):
    """What was typed or pasted, as a terminal sends it."""

    text: str


class Resize(Struct, frozen=True, array_like=True, tag="resize"):
    """The window has another size now."""

    size: Size


class Ping(Struct, frozen=True, array_like=True, tag="ping"):
    """Asks for its text back."""

    text: Annotated[str, Meta(max_length=64)]


class Focus(Struct, frozen=True, array_like=True, tag="focus"):
    """The terminal has the keys."""


class Blur(Struct, frozen=True, array_like=True, tag="blur"):
    """It has not."""


Message: TypeAlias = Stdin | Resize | Ping | Focus | Blur
_READ = Decoder(Message)


def message(text: str) -> Message | None:
    """Returns what a page said; None where that is no message."""
    try:
        return _READ.decode(text)
    except (DecodeError, UnicodeEncodeError, RecursionError):
        return None
