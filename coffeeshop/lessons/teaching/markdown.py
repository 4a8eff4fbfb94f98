"""Read the Markdown of a lesson into pages, with blocks not yet computed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from coffeeshop.policy.model import Level, Place, Problem, Problems

if TYPE_CHECKING:
    from markdown_it.token import Token

# The scenario's lesson, and the lesson of the chapter that the scenario begins.
LESSON_FILE, CHAPTER_FILE = (
    "lesson.md",
    "chapter.md",
)
MAX_LINE_WIDTH = 66  # in a line, at most
LENGTH_LIMIT = 16 * 1024  # characters of a lesson: five short pages are enough
PARTS_LIMIT = 100  # paragraphs and blocks of a lesson
BLOCK_INFO_PATTERN = re.compile(
    r"(policy|trust|resource|scp|acts|fails|request|reach)(?: ([\w.+=,@/-]{1,128}))?",
    re.ASCII,
)
ACTS_BLOCK = "acts"  # the kind of a block of calls that succeed
# The end of a heading, as in {teaches="create-user join-group" refutes="M14"}: see `Marks`.
HEADING_MARKS_PATTERN = re.compile(r' *\{((?:(?:teaches|refutes|kept)="[^"{}]*" ?)+)\}$')
HEADING_MARK_PATTERN = re.compile(r'(teaches|refutes|kept)="([^"]*)"')

# A line that only the parser reads rightly: another form of heading or fence, or a title that isn't plain words.
UNUSUAL_LINE_PATTERN = re.compile(
    r" +(#|```)|\s*(~~~|=+\s*$)|#(?! )|# .*([][\\`*_<>&!~]|#$)"
)

Style: TypeAlias = Literal["text", "term", "strong", "code"]
SPAN_STYLES: dict[str, Style] = {"em_open": "term", "strong_open": "strong"}


class Span(Struct, frozen=True):
    """Words of a paragraph in one style. The glossary explains a term."""

    text: str
    style: Style = "text"


class Paragraph(Struct, frozen=True):
    """A paragraph, or a point of a list if `bullet`."""

    spans: tuple[Span, ...]
    line: int
    bullet: bool = False

    @property
    def text(self) -> str:
        """Return the words without their styles."""
        return "".join(span.text for span in self.spans)


class Block(Struct, frozen=True):
    """A block to compute: its kind, the name that it gives or uses, its text, and its first line."""

    kind: str
    name: str
    text: str
    line: int


class Marks(Struct, frozen=True):
    """What a heading says of its page, for authors alone.

    `teaches` are ids of skills. `refutes` are ids of misconceptions that predict no answer, which the
    page refutes in words. `kept` is the reason to keep examples that refute no other misconception
    than earlier ones.
    """

    teaches: tuple[str, ...] = ()
    refutes: tuple[str, ...] = ()
    kept: str = ""


class Draft(Struct, frozen=True):
    """A page as written: its title, its parts, the name of its file, and its marks."""

    title: str
    parts: tuple[Paragraph | Block, ...]
    file: str
    marks: Marks = Marks()

    @property
    def teaches(self) -> tuple[str, ...]:
        """Return the ids of the skills that the page teaches."""
        return self.marks.teaches


def pages(text: str, file: str = LESSON_FILE) -> tuple[Draft, ...]:
    """Return the pages of a lesson's file. Raise Problems with every fault."""
    from markdown_it import MarkdownIt  # slow to import, so only for a lesson

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
    problems = [*reader.problems, *_shape_problems(file, reader.drafts)]
    if problems:
        raise Problems(*problems)
    return tuple(
        Draft(title, tuple(parts), file, marks) for title, parts, _, marks in reader.drafts
    )


def heading_title(heading: str) -> tuple[str, Marks]:
    """Return the title in a heading, and its marks."""
    match = HEADING_MARKS_PATTERN.search(heading)
    if match is None:
        return heading, Marks()
    values = dict(HEADING_MARK_PATTERN.findall(match[1]))
    marks = Marks(
        tuple(values.get("teaches", "").split()),
        tuple(values.get("refutes", "").split()),
        values.get("kept", ""),
    )
    return heading[: match.start()], marks


class PageOutline(NamedTuple):
    """What is known of a page before its blocks are computed: its title, its skills' ids, and its acts as typed."""

    title: str
    teaches: tuple[str, ...]
    acts: str


def page_outlines(text: str, file: str = LESSON_FILE) -> tuple[PageOutline, ...]:
    """Return each page's title, the ids of the skills that it teaches, and the text of its acts. Raise Problems.

    Headings in plain words are read without the Markdown parser, since it takes two megabytes.
    """
    lines = text.splitlines()
    if any(map(UNUSUAL_LINE_PATTERN.match, lines)):
        return tuple(map(_outline_of_draft, pages(text, file)))
    outlines = list[PageOutline]()
    kind: str | None = None  # the kind of the open block
    for line in lines:
        if line.startswith("```"):
            kind = line.strip("` ").partition(" ")[0] if kind is None else None
        elif kind is None and line.startswith("# "):
            title, marks = heading_title(line[2:].strip())
            outlines.append(PageOutline(title, marks.teaches, ""))
        elif kind == ACTS_BLOCK and outlines:
            page = outlines[-1]
            outlines[-1] = page._replace(acts=f"{page.acts}{line}\n")
    return tuple(outlines)


def _outline_of_draft(draft: Draft) -> PageOutline:
    """Return the outline of a page that was read by the parser."""
    blocks = (part for part in draft.parts if isinstance(part, Block))
    acts = "".join(block.text for block in blocks if block.kind == ACTS_BLOCK)
    return PageOutline(draft.title, draft.teaches, acts)


def words(text: str, file: str = LESSON_FILE) -> str:
    """Return the plain words of a paragraph in a block. Raise Problems."""
    drafts = pages(f"# Words\n\n{text}", file) if text else ()
    return " ".join(part.text for draft in drafts for part in draft.parts)


# A page that is being read: its title, its parts, its first line, and its marks.
Open: TypeAlias = tuple[str, list["Paragraph | Block"], int, Marks]


def _shape_problems(file: str, drafts: Sequence[Open]) -> Iterator[Problem]:
    """Yield the problems of a lesson's shape: no page, too many parts, an empty page."""
    if not drafts:
        yield _problem(
            file, 1, "the lesson has no page", "begin each page with a heading: # One idea"
        )
    if sum(len(parts) for _, parts, _, _ in drafts) > PARTS_LIMIT:
        yield _problem(
            file, 1, f"the lesson has more than {PARTS_LIMIT} parts", "make it shorter"
        )
    for title, parts, line, _ in drafts:
        if not parts:
            yield _problem(
                file, line, f"the page “{title}” is empty", "write what it tells"
            )


class _Reader:
    """A reader of Markdown tokens. It collects pages and problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.drafts: list[Open] = []
        self.problems: list[Problem] = []
        self._open_types: list[str] = []  # types of the open tokens, outermost first

    def take(self, token: Token) -> None:
        """Read one token."""
        line = token.map[0] + 1 if token.map else 1
        if token.type in OPENING_TOKENS or token.type in CLOSING_TOKENS:
            self._open_or_close(token, line)
        elif token.type == "inline":
            self._read_text(token, line)
        elif token.type == "fence":
            self._read_block(token, line)
        else:
            kind = token.type.removesuffix("_open").removesuffix("_close").replace("_", " ")
            if not token.type.endswith("_close"):
                self._refuse(line, f"a lesson holds no {kind}")

    def _open_or_close(self, token: Token, line: int) -> None:
        """Open or close a heading, a paragraph or a list."""
        if token.type in CLOSING_TOKENS:
            self._open_types.pop()
            return
        if token.type == "heading_open" and token.tag != "h1":
            self._refuse(line, "a page has one heading, with a single #")
        self._open_types.append(token.type)

    def _read_text(self, token: Token, line: int) -> None:
        """Read text as the title of a new page, or as a paragraph."""
        spans = tuple(self._spans(token.children or (), line))
        if "heading_open" in self._open_types:
            title, marks = heading_title("".join(span.text for span in spans))
            if "{" in title:
                self._refuse(line, 'braces in a heading are for {teaches="create-user"}')
            self.drafts.append((title, [], line, marks))
        else:
            self._add_part(
                Paragraph(spans, line, "list_item_open" in self._open_types), line
            )

    def _read_block(self, token: Token, line: int) -> None:
        """Read a fenced block."""
        match = BLOCK_INFO_PATTERN.fullmatch(token.info.strip())
        if match is None:
            self._refuse(
                line, f"no block is called {token.info.strip()[:40] or '(nothing)'}"
            )
        else:
            self._add_part(Block(match[1], match[2] or "", token.content, line), line)

    def _add_part(self, part: Paragraph | Block, line: int) -> None:
        """Add a part to the last page."""
        if self.drafts:
            self.drafts[-1][1].append(part)
        else:
            self._refuse(line, "this stands before the first page's heading")

    def _spans(self, children: Sequence[Token], line: int) -> Iterator[Span]:
        """Yield the spans of a text. Refuse an element that a lesson can't have."""
        style: Style = "text"
        for child in children:
            if child.type in SPAN_STYLES:
                style = SPAN_STYLES[child.type]
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
        self.problems.append(_problem(self.file, line, message, MARKDOWN_FIX))


OPENING_TOKENS = frozenset(
    {"heading_open", "paragraph_open", "bullet_list_open", "list_item_open"}
)
CLOSING_TOKENS = frozenset(kind.replace("_open", "_close") for kind in OPENING_TOKENS)
MARKDOWN_FIX = (
    "headings (#), paragraphs, lists (-), *terms*, **weight**, `code`, "
    "and ``` with policy, trust, resource, scp, acts, fails, request or reach"
)


def _problem(file: str, line: int, message: str, mend: str) -> Problem:
    return Problem(Level.ERROR, "bad-lesson", Place(file, line), message, mend)
