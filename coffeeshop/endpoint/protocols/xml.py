"""XML, read without its dangers, and written.

A document type, which could name entities and files, is refused; so is what is nested deeper than any call of AWS's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn
from xml.parsers.expat import ExpatError, ParserCreate

from coffeeshop.endpoint.refusals import UnreadableError

DEEPEST = 100
FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # by XML 1.0
# Nearly all text, which is no markup.
PLAIN = re.compile("[\t\n !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
)


class Element:
    """An element that was read: its name without namespace, its children and its text. No member of a row is an attribute."""

    __slots__ = ("children", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.children: list[Element] = []
        self.text = ""

    def named(self, name: str) -> Iterator[Element]:
        """Yields the children of that name."""
        return (child for child in self.children if child.name == name)


def parsed(body: bytes) -> Element:
    """Returns the outermost element of a document. Raises UnreadableError."""
    root = Element("")
    open_elements = list[Element]()
    parser = ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def start(name: str, _: dict[str, str]) -> None:
        if len(open_elements) > DEEPEST:
            raise UnreadableError("this XML is nested too deeply")
        within = open_elements[-1] if open_elements else root
        within.children.append(Element(name.rpartition("}")[2]))
        open_elements.append(within.children[-1])

    def end(_: str) -> None:
        open_elements.pop()

    def text(said: str) -> None:
        open_elements[-1].text += said

    def refuse(*_: object) -> NoReturn:
        raise UnreadableError("a document type is not allowed here")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError, LookupError) as wrong:
        raise UnreadableError(f"this is not well-formed XML: {wrong}") from None
    return root.children[0]


def element(name: str, inside: str, attributes: str = "") -> str:
    """Returns an element of which the inside is written already."""
    if inside:
        return f"<{name}{attributes}>{inside}</{name}>"
    return f"<{name}{attributes}/>"


def escaped(text: str) -> str:
    """Returns a text as it stands in a document; of what XML cannot hold, a question mark."""
    if PLAIN.fullmatch(text):
        return text
    return FORBIDDEN.sub("?", text).translate(ESCAPES)


def quoted(text: str) -> str:
    """Returns a text as it stands in an attribute, where a reader would take every white space for a blank."""
    return escaped(text).replace("\n", "&#10;").replace("\t", "&#9;")


def document(root: str) -> bytes:
    """Returns a whole document."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()
