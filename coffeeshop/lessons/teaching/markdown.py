"""Read the Markdown of a lesson: pages under headings, and what stands on each, blocks not yet computed.

What is read here is CommonMark's of headings, paragraphs, lists and fences, each from the margin; what CommonMark would
read as anything else is refused, so a text never means one thing here and another in an editor.
https://spec.commonmark.org/0.31.2/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.lessons.teaching.spans import Span, UnreadableError, spans
from coffeeshop.policy.model import Level, Place, Problem, Problems

FILE, CHAPTER = "lesson.md", "chapter.md"  # of the scenario; of the chapter that it begins
COLUMNS = 66  # of a line
LENGTH_LIMIT = 16 * 1024  # characters of a lesson: it is five short pages
PARTS_LIMIT = 100  # paragraphs and blocks of one
INFO = re.compile(r"(policy|trust|resource|scp|acts|request|reach)(?: ([\w.+=,@/-]{1,128}))?", re.ASCII)

HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?")
FENCE = re.compile(r"(`{3,})([^`]*)")
POINT = re.compile(r"[-*+] {1,4}(?![ \t])(.+)")
REFUSED = {  # what else begins with a line, in CommonMark's words
    "hr": re.compile(r"([-*_])[ \t]*(?:\1[ \t]*){2,}"),
    "blockquote": re.compile(r">.*"),
    "point without words": re.compile(r"[-*+](?: {5,}.*| *\t.*| *)"),
    "ordered list": re.compile(r"\d{1,9}[.)](?:[ \t].*)?"),
    "code block": re.compile(r"~~~.*"),
    "underlined heading": re.compile(r"=+|-+"),
}


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
    if len(text) > LENGTH_LIMIT:
        said = f"the lesson has more than {LENGTH_LIMIT} characters"
        raise Problems(_problem(file, 1, said, "five short pages are enough"))
    reader = _Reader(file)
    for number, line in enumerate(re.split(r"\r\n?|\n", text), 1):
        reader.take(number, line)
    reader.end()
    problems = [*reader.problems, *_shape(file, reader.drafts)]
    if problems:
        raise Problems(*problems)
    return tuple(Draft(title, tuple(parts), file) for title, parts, _ in reader.drafts)


Open: TypeAlias = tuple[str, list["Paragraph | Block"], int]  # a page that is being read


def _shape(file: str, drafts: Sequence[Open]) -> Iterator[Problem]:
    if not drafts:
        yield _problem(file, 1, "the lesson has no page", "begin each page with a heading: # One idea")
    if sum(len(parts) for _, parts, _ in drafts) > PARTS_LIMIT:
        yield _problem(file, 1, f"the lesson has more than {PARTS_LIMIT} parts", "make it shorter")
    for title, parts, line in drafts:
        if not parts:
            yield _problem(file, line, f"the page “{title}” is empty", "write what it tells")


class _Reader:
    """Takes one line after the other, and keeps the pages read so far and what could not be."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.drafts: list[Open] = []
        self.problems: list[Problem] = []
        self._words: list[str] = []  # of the paragraph that is open
        self._block: list[str] | None = None  # of the block that is open
        self._since = 0  # the line it began at
        self._bullet = False
        self._fence = self._info = ""

    def take(self, number: int, line: str) -> None:
        """Read on."""
        bare = line.strip(" \t")
        if self._block is not None:
            self._take_block(self._block, line, bare)
        elif not bare:
            self._end_words()
        elif line[0] in " \t":
            words = line.lstrip(" \t")
            self._go_on(number, words, "nothing that begins further in" if not self._words or _begins(bare) else None)
        elif heading := HEADING.fullmatch(bare):
            self._end_words()
            self._turn(number, len(heading[1]), heading[2] or "")
        elif fence := FENCE.fullmatch(bare):
            self._end_words()
            self._fence, self._info, self._block, self._since = fence[1], fence[2].strip(), [], number
        elif kind := _refused(bare):
            self._go_on(number, bare, f"no {kind}")
        elif point := POINT.fullmatch(line):
            self._end_words()
            self._bullet = True
            self._go_on(number, point[1], "no point of a list but words" if _begins(point[1].rstrip(" \t")) else None)
        else:
            self._go_on(number, line)

    def end(self) -> None:
        """Put what is still open."""
        self._end_words()
        if self._block is not None:
            self._refuse(self._since, f"the block that begins here has no end, {self._fence}")

    def _take_block(self, block: list[str], line: str, bare: str) -> None:
        if not bare.startswith(self._fence) or bare.strip("`") or line.startswith((" " * 4, "\t")):
            block.append(line + "\n")
            return
        if (found := INFO.fullmatch(self._info)) is None:
            self._refuse(self._since, f"no block is called {self._info[:40] or '(nothing)'}")
        else:
            self._put(Block(found[1], found[2] or "", "".join(block), self._since))
        self._block = None

    def _go_on(self, number: int, words: str, refused: str | None = None) -> None:
        """Begin a paragraph, or go on with it; what is refused is read like words."""
        if refused:
            self._refuse(number, f"a lesson holds {refused}")
        if not self._words:
            self._since = number
        self._words.append(words)

    def _turn(self, number: int, depth: int, title: str) -> None:
        if depth > 1:
            self._refuse(number, "a page has one heading, with a single #")
        self.drafts.append(("".join(span.text for span in self._spans(number, title)), [], number))

    def _end_words(self) -> None:
        if self._words:
            words = "\n".join(self._words).rstrip(" \t")
            self._put(Paragraph(self._spans(self._since, words), self._since, self._bullet))
        self._words, self._bullet = [], False

    def _put(self, part: Paragraph | Block) -> None:
        if self.drafts:
            self.drafts[-1][1].append(part)
        else:
            self._refuse(part.line, "this stands before the first page's heading")

    def _spans(self, line: int, words: str) -> tuple[Span, ...]:
        try:
            return tuple(spans(words))
        except UnreadableError as error:
            self._refuse(line, f"a lesson's words hold no {error}")
            return ()

    def _refuse(self, line: int, said: str) -> None:
        self.problems.append(_problem(self.file, line, said, MEND))


def _refused(bare: str) -> str | None:
    return next((kind for kind, pattern in REFUSED.items() if pattern.fullmatch(bare)), None)


def _begins(bare: str) -> bool:
    """Tells whether something other than words would begin here."""
    return any(pattern.fullmatch(bare) for pattern in (HEADING, FENCE, POINT, *REFUSED.values()))


MEND = "headings (#), paragraphs, lists (-), *terms*, **weight**, `code`, and ``` with policy, trust, resource, scp, acts, request or reach"


def _problem(file: str, line: int, said: str, mend: str) -> Problem:
    return Problem(Level.ERROR, "bad-lesson", Place(file, line), said, mend)
