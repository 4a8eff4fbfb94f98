"""Rows as lines of text: mark and word say the same twice, and nothing that somebody typed drives the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.shop.want import Mark
from coffeeshop.views.rows import ASCII, ROLES, Row, line, lines
from coffeeshop.views.text import visible


@pytest.mark.parametrize(
    ("row", "text", "ascii"),
    [
        (Row("text"), "text", "text"),
        (Row("text", Mark.OK), "✓ text", "ok text"),
        (Row("text", Mark.LEAK, "open"), "◆ open: text", "!! open: text"),
        (Row("text", word="why"), "why: text", "why: text"),
        (Row("text", Mark.QUIET, indent=2), "    · text", "    . text"),
    ],
)
def test_a_row_is_one_line(row: Row, text: str, ascii: str):
    assert (line(row), line(row, ascii=True)) == (text, ascii)


def test_rows_are_lines():
    assert lines([Row("a"), Row("b", Mark.MISS)]) == "a\n✗ b"


def test_every_mark_has_a_role_and_letters_of_its_own():
    assert set(ROLES) == set(ASCII) == set(Mark)
    assert len(set(ASCII.values())) == len(Mark)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("casey", "casey"),
        ("a[/]b", "a[/]b"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\u202egnirts", "\\u202egnirts"),
        ("\x9b2J", "\\x9b2J"),
        ("one\n\ttwo", "one\n\ttwo"),
        ("cr\rlf", "cr\\rlf"),
        ("\ud800", "\\ud800"),
        ("ünï ☕", "ünï ☕"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled_out(typed: str, shown: str):
    assert visible(typed) == shown


@given(st.text(st.characters()))
def test_what_is_shown_can_always_be_printed(typed: str):
    assert visible(typed).replace("\n", "").replace("\t", "").isprintable()
