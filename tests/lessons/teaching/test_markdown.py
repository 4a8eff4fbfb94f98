"""What a lesson's Markdown means is what CommonMark says, by markdown-it; what we do not read, we refuse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.teaching.markdown import CHAPTER, FILE, Block, Paragraph, pages
from coffeeshop.policy.problem import Problems

KINDS = ("policy a.json", "acts", "reach")
LINES = (
    "# A",
    "- b",
    "  c",
    "",
    "```acts",
    "```",
    "````",
    "-",
    "=",
    "> d",
    "1. e",
    "    f",
    "~~~",
    "***",
    "* g",
    "+ h",
    "-  i",
    "- - j",
    "# k #",
    "#",
    "#l",
)
WORDS = st.text("aé. *_`\\\n-#>&;<:@[]()!,“1=~", max_size=40)
TEXTS = st.builds("\n".join, st.lists(st.sampled_from(LINES) | WORDS, max_size=8)).map("# A\n".__add__)
Part: TypeAlias = Block | tuple[tuple[tuple[str, str], ...], int, bool]  # spans, line, bullet
Page: TypeAlias = tuple[str, list[Part]]
STYLES = {"em_open": "term", "strong_open": "strong"}


def theirs(text: str) -> list[Page]:
    """Returns the pages as markdown-it reads them. ValueError where a lesson holds no such thing."""
    drafts: list[Page] = []
    within: list[str] = []
    for token in MarkdownIt("commonmark", {"html": False}).disable(["html_block", "html_inline"]).parse(text):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "inline" and "heading_open" in within:
            drafts.append(("".join(words for words, _ in styled(token)), []))
        elif token.type == "inline":
            drafts[-1][1].append(paragraph(styled(token), line, "list_item_open" in within))
        elif token.type == "fence":
            kind, _, name = token.info.strip().partition(" ")
            drafts[-1][1].append(Block(kind, name, token.content, line))
        elif token.type.endswith("_close"):
            within.pop()
        elif token.type in ("paragraph_open", "bullet_list_open", "list_item_open") or token.tag == "h1":
            within.append(token.type)
        else:
            raise ValueError(token.type)
    return drafts


def styled(inline: Token) -> Iterator[tuple[str, str]]:
    style = "text"
    for child in inline.children or ():
        if child.type.endswith("_close"):
            style = "text"
        elif child.type in STYLES:
            assert style == "text", "nested"
            style = STYLES[child.type]
        elif child.type == "code_inline":
            yield child.content, "code"
        elif child.type in ("softbreak", "hardbreak"):
            yield " ", style
        elif child.type in ("text", "text_special"):
            yield child.content, style
        else:
            raise ValueError(child.type)


def paragraph(spans: Iterable[tuple[str, str]], line: int, bullet: bool) -> Part:
    """Returns a paragraph whose neighbours of one style are one, and runs of spaces one space: markdown-it keeps those that
    begin a line of code and those behind a backslash, the specification does not.
    """
    whole = groupby(spans, key=itemgetter(1))
    joined = ((re.sub(r"[ \t]+", " ", "".join(words for words, _ in group)), style) for style, group in whole)
    shown = ((words.strip(" ") if style == "code" else words, style) for words, style in joined)
    return tuple(filter(itemgetter(0), shown)), line, bullet


def ours(text: str) -> list[Page]:
    return [(page.title, [_plain(part) for part in page.parts]) for page in pages(text)]


def _plain(part: Paragraph | Block) -> Part:
    if isinstance(part, Block):
        return part
    return paragraph([(span.text, span.style) for span in part.spans], part.line, part.bullet)


@given(TEXTS)
def test_what_is_read_is_what_commonmark_reads(text: str) -> None:
    try:
        found = ours(text)
    except Problems:
        return
    assert found == theirs(text)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_every_lesson_is_read_whole(folder: Path) -> None:
    for name in (FILE, CHAPTER):
        if (file := folder / name).is_file():
            assert ours(file.read_text("utf-8")) == theirs(file.read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# A\n\n    code\n", 3, "further in"),
        ("# A\n\n- b\n  - c\n", 4, "further in"),
        ("# A\n\n- # b\n", 3, "a list but words"),
        ("# A\n\n-\n", 3, "point without words"),
        ("# A\n\nb\n===\n", 4, "underlined heading"),
        ("# A\n\n1. b\n", 3, "ordered list"),
        ("# A\n\n```acts\naws\n", 3, "has no end, ```"),
        ("# A\n\na\n**b *c* d**\n", 3, r"only a star is \\*"),
        ("# A\n\nb &amp; c\n", 3, "entity"),
        ("# A\n\n[b\nc]: d\n", 3, "link"),
    ],
)
def test_what_a_lesson_does_not_hold_is_refused_where_it_stands(text: str, line: int, said: str) -> None:
    with pytest.raises(Problems, match=said) as found:
        pages(text)
    assert found.value.problems[0].place.line == line
