"""Read the Markdown of a lesson: pages under headings, and what stands on each, blocks not yet computed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from coffeeshop.policy.model import Level, Place, Problem, Problems

if TYPE_CHECKING:
    from markdown_it.token import Token

FILE, CHAPTER = (
    "lesson.md",
    "chapter.md",
)  # the scenario's, and that of the chapter that it begins
COLUMNS = 66  # in a line, at most
LENGTH_LIMIT = 16 * 1024  # characters of a lesson: it is five short pages
PARTS_LIMIT = 100  # paragraphs and blocks of one
INFO = re.compile(
    r"(policy|trust|resource|scp|acts|request|reach)(?: ([\w.+=,@/-]{1,128}))?", re.ASCII
)

Style: TypeAlias = Literal["text", "term", "strong", "code"]
STYLES: dict[str, Style] = {"em_open": "term", "strong_open": "strong"}


class Span(Struct, frozen=True):
    """Some words of a paragraph in one style; a term is one that the glossary explains."""

    text: str
    style: Style = "text"


class Paragraph(Struct, frozen=True):
    """Words that go on; `bullet` where they are one point of a list."""

    spans: tuple[Span, ...]
    line: int
    bullet: bool = False

    @property
    def text(self) -> str:
        """Returns the words alone."""
        return "".join(span.text for span in self.spans)


class Block(Struct, frozen=True):
    """A block that the engine fills: its kind, the name that it gives or takes, its text, and the line it begins at."""

    kind: str
    name: str
    text: str
    line: int


class Draft(Struct, frozen=True):
    """A page as it is written, and in which file."""

    title: str
    parts: tuple[Paragraph | Block, ...]
    file: str


def pages(text: str, file: str = FILE) -> tuple[Draft, ...]:
    """Returns the pages of the text of a lesson's file. Raises Problems, all of them."""
    from markdown_it import MarkdownIt  # with the first lesson, and not before

    if len(text) > LENGTH_LIMIT:
        message = f"the lesson has more than {LENGTH_LIMIT} characters"
        raise Problems(_problem(file, 1, message, "five short pages are enough"))
    reader = _Reader(file)
    tokens = (
        MarkdownIt("commonmark", {"html": False})
        .disable(["html_block", "html_inline"])
        .parse(text)
    )
    for token in tokens:
        reader.take(token)
    problems = [*reader.problems, *_shape(file, reader.drafts)]
    if problems:
        raise Problems(*problems)
    return tuple(Draft(title, tuple(parts), file) for title, parts, _ in reader.drafts)


def words(text: str, file: str = FILE) -> str:
    """Returns the words alone of a paragraph, as it is written in a block. Raises Problems."""
    drafts = pages(f"# Words\n\n{text}", file) if text else ()
    return " ".join(part.text for draft in drafts for part in draft.parts)


Open: TypeAlias = tuple[str, list["Paragraph | Block"], int]  # a page that is being read


def _shape(file: str, drafts: Sequence[Open]) -> Iterator[Problem]:
    if not drafts:
        yield _problem(
            file, 1, "the lesson has no page", "begin each page with a heading: # One idea"
        )
    if sum(len(parts) for _, parts, _ in drafts) > PARTS_LIMIT:
        yield _problem(
            file, 1, f"the lesson has more than {PARTS_LIMIT} parts", "make it shorter"
        )
    for title, parts, line in drafts:
        if not parts:
            yield _problem(
                file, line, f"the page “{title}” is empty", "write what it tells"
            )


class _Reader:
    """Takes one token of Markdown after the other, and keeps the pages read so far and what could not be."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.drafts: list[Open] = []
        self.problems: list[Problem] = []
        self._within: list[str] = []  # the kinds of what is open

    def take(self, token: Token) -> None:
        """Read on."""
        line = token.map[0] + 1 if token.map else 1
        if token.type in OPENS or token.type in CLOSES:
            self._turn(token, line)
        elif token.type == "inline":
            self._words(token, line)
        elif token.type == "fence":
            self._block(token, line)
        else:
            kind = token.type.removesuffix("_open").removesuffix("_close").replace("_", " ")
            if not token.type.endswith("_close"):
                self._refuse(line, f"a lesson holds no {kind}")

    def _turn(self, token: Token, line: int) -> None:
        if token.type in CLOSES:
            self._within.pop()
            return
        if token.type == "heading_open" and token.tag != "h1":
            self._refuse(line, "a page has one heading, with a single #")
        self._within.append(token.type)

    def _words(self, token: Token, line: int) -> None:
        spans = tuple(self._spans(token.children or (), line))
        if "heading_open" in self._within:
            self.drafts.append(("".join(span.text for span in spans), [], line))
        else:
            self._put(Paragraph(spans, line, "list_item_open" in self._within), line)

    def _block(self, token: Token, line: int) -> None:
        match = INFO.fullmatch(token.info.strip())
        if match is None:
            self._refuse(
                line, f"no block is called {token.info.strip()[:40] or '(nothing)'}"
            )
        else:
            self._put(Block(match[1], match[2] or "", token.content, line), line)

    def _put(self, part: Paragraph | Block, line: int) -> None:
        if self.drafts:
            self.drafts[-1][1].append(part)
        else:
            self._refuse(line, "this stands before the first page's heading")

    def _spans(self, children: Sequence[Token], line: int) -> Iterator[Span]:
        style: Style = "text"
        for child in children:
            if child.type in STYLES:
                style = STYLES[child.type]
            elif child.type in ("em_close", "strong_close"):
                style = "text"
            elif child.type == "code_inline":
                yield Span(child.content, "code")
            elif child.type in ("text", "softbreak", "hardbreak", "text_special"):
                yield Span(child.content or " ", style)
            else:
                self._refuse(
                    line, f"a lesson's words hold no {child.type.partition('_')[0]}"
                )

    def _refuse(self, line: int, message: str) -> None:
        self.problems.append(_problem(self.file, line, message, MEND))


OPENS = frozenset({"heading_open", "paragraph_open", "bullet_list_open", "list_item_open"})
CLOSES = frozenset(kind.replace("_open", "_close") for kind in OPENS)
MEND = "headings (#), paragraphs, lists (-), *terms*, **weight**, `code`, and ``` with policy, trust, resource, scp, acts, request or reach"


def _problem(file: str, line: int, message: str, mend: str) -> Problem:
    return Problem(Level.ERROR, "bad-lesson", Place(file, line), message, mend)
