"""Write a learner's page and the page for unknown addresses, and read their files.

All files are ours or textual-serve's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from string import Template

from msgspec import Struct

import coffeeshop
from coffeeshop.harmless import show_as_pictures

HTML_MEDIA_TYPE = "text/html"
CSS_MEDIA_TYPE = "text/css"
SCRIPT_MEDIA_TYPE = "text/javascript"
FONT_MEDIA_TYPE = "font/woff2"
OWN_FILES = {
    "page.css": CSS_MEDIA_TYPE,
    "page.js": SCRIPT_MEDIA_TYPE,
    "lti.js": SCRIPT_MEDIA_TYPE,
    "DejaVuSansMono.woff2": FONT_MEDIA_TYPE,
    "DejaVuSansMono-Bold.woff2": FONT_MEDIA_TYPE,
}
TEXTUAL_FILES = {"js/textual.js": SCRIPT_MEDIA_TYPE, "css/xterm.css": CSS_MEDIA_TYPE}
PAGE_HEADERS = {
    # A page contacts only this server. xterm needs inline styles. Not every browser counts a websocket as 'self'.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "connect-src 'self' $socket; img-src 'self' data:; base-uri 'none'; form-action $forms; frame-ancestors $frames",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # an address is a secret
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
MESSAGE_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Coffeeshop</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="$prefix/static/page.css"></head>
<body><main class="said"><h1>Coffeeshop</h1><p>$text</p></main></body></html>
"""
NO_PAGE = "There is nothing at this address. Copy the whole link that your teacher gave you,\nand open it."


class File(Struct, frozen=True):
    """The content of a file and its content type."""

    body: bytes
    kind: str


def files() -> dict[str, File]:
    """Return every file below /static/ by its name. Raise OSError if one is missing."""
    static_files = Path(
        str(distribution("textual-serve").locate_file("textual_serve/static"))
    )
    return {**_read(assets(), OWN_FILES), **_read(static_files, TEXTUAL_FILES)}


def _read(folder: Path, kinds: Mapping[str, str]) -> dict[str, File]:
    """Return the files of these names in a folder, each with its content type."""
    return {name: File((folder / name).read_bytes(), kind) for name, kind in kinds.items()}


def assets() -> Path:
    """Return the folder of our own files: in the installed package, or next to it in a checkout."""
    package = Path(coffeeshop.__file__).parent
    installed = package / "_assets"
    return (installed if installed.is_dir() else package.parent / "assets") / "browser"


def page(template: str, learner: str, subject: str, socket: str, prefix: str) -> str:
    """Return a learner's page, with the name, the subject of the play, and the address of its websocket.

    `prefix` is the path below which browsers find everything, or "".
    """
    texts = {
        "learner": show_as_pictures(learner),
        "what": show_as_pictures(subject),
        "socket": socket,
        "prefix": prefix,
    }
    return Template(template).substitute(
        {name: escape(text, quote=True) for name, text in texts.items()}
    )


def message_page(prefix: str, text: str) -> str:
    """Return a page with one sentence. `prefix` is the path below which browsers find everything."""
    texts = {"prefix": escape(prefix, quote=True), "text": escape(text)}
    return Template(MESSAGE_PAGE).substitute(texts)


def no_page(prefix: str) -> str:
    """Return the page for an address at which there is nothing."""
    return message_page(prefix, NO_PAGE)


def headers(
    socket: str, frames: Sequence[str] = (), forms: Sequence[str] = ()
) -> dict[str, str]:
    """Return the headers of every response.

    `socket` is the origin to which a websocket can connect. `frames` are the origins of pages that can show ours, and
    `forms` those to which a form can be sent.
    """
    origins = {
        "socket": socket,
        "frames": " ".join(frames) or "'none'",
        "forms": " ".join(forms) or "'none'",
    }
    return {
        name: Template(value).substitute(origins) for name, value in PAGE_HEADERS.items()
    }
