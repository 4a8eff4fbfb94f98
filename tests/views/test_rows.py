"""Rows as lines of text: mark and word say the same twice."""

from __future__ import annotations

import pytest

from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import ASCII_MARKS, MARK_ROLES, Row, line, lines


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
    assert set(MARK_ROLES) == set(ASCII_MARKS) == set(Mark)
    assert len(set(ASCII_MARKS.values())) == len(Mark)
