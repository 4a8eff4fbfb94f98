"""Reads XML safely, and writes it.

A document type could name entities and files, so it is refused. So is XML that is nested deeper than any call of AWS's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn
from xml.parsers.expat import ExpatError, ParserCreate

from coffeeshop.endpoint.refusals import UnreadableError

MAX_XML_DEPTH = 100
# By XML 1.0.
FORBIDDEN_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Nearly all text: it needs no escapes.
PLAIN_TEXT = re.compile("[\t\n !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
XML_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
)


class Element:
    """An element: its name and attributes without namespaces, its children and its text."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""

    def children_named(self, name: str) -> Iterator[Element]:
        """Yield the children with that name."""
        return (child for child in self.children if child.name == name)


def parse_xml(body: bytes) -> Element:
    """Return the outermost element of a document. Raise UnreadableError."""
    root = Element("", {})
    open_elements = list[Element]()
    parser = ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > MAX_XML_DEPTH:
            raise UnreadableError("the XML is nested too deeply")
        parent = open_elements[-1] if open_elements else root
        attributes = {key.rpartition("}")[2]: text for key, text in attributes.items()}
        child = Element(name.rpartition("}")[2], attributes)
        parent.children.append(child)
        open_elements.append(child)

    def end(_: str) -> None:
        open_elements.pop()

    def add_text(text: str) -> None:
        open_elements[-1].text += text

    def refuse(*_: object) -> NoReturn:
        raise UnreadableError("the XML can't have a document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = add_text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError, LookupError) as error:
        raise UnreadableError(f"this isn't well-formed XML: {error}") from None
    return root.children[0]


def write_element(name: str, content: str, attributes: str = "") -> str:
    """Return an element with this markup as its content."""
    if content:
        return f"<{name}{attributes}>{content}</{name}>"
    return f"<{name}{attributes}/>"


def escape_text(text: str) -> str:
    """Return a text with XML's escapes, and a question mark for each character that XML can't hold."""
    if PLAIN_TEXT.fullmatch(text):
        return text
    return FORBIDDEN_CHARACTERS.sub("?", text).translate(XML_ESCAPES)


def escape_attribute(text: str) -> str:
    """Return a text with an attribute's escapes.

    White space is escaped as well, because readers turn it into spaces.
    """
    return escape_text(text).replace("\n", "&#10;").replace("\t", "&#9;")


def write_document(root: str) -> bytes:
    """Return a whole document."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()
