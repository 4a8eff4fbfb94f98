"""Text made harmless: nothing that somebody typed drives a terminal, turns a line around, or hides in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.harmless import (
    escape_hidden,
    escape_json,
    escape_line,
    escape_surrogates,
    is_harmless,
    is_hidden,
    show_as_pictures,
    show_on_one_line,
)
from tests.tables import each_row

ANYTHING = st.text(st.characters())  # halves of pairs, too


@each_row(
    [
        ("casey", "casey", "casey"),
        ("a[/]b", "a[/]b", "a[/]b"),
        ("ünï ☕ コーヒー e\u0301", "ünï ☕ コーヒー e\u0301", "ünï ☕ コーヒー e\u0301"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07", "␛[31mred␇"),
        ("\x7f\x9b2J", "\\x7f\\x9b2J", "␡␦2J"),
        ("\u202egnirts", "\\u202egnirts", "␦gnirts"),
        ("one\n\ttwo", "one\n\ttwo", "one\n␉two"),
        ("cr\rlf", "cr\\rlf", "cr␍lf"),
        ("\ud800", "\\ud800", "␦"),
        ("zero\u200b\u200dwidth\xad", "zero\\u200b\\u200dwidth\\xad", "zero␦␦width␦"),
        ("\u2028\u2029\x85", "\\u2028\\u2029\\x85", "␦␦␦"),
        ("no\xa0break\u3000", "no\\xa0break\\u3000", "no␣break␣"),
        ("\u3164\ufe0f\U000e0041", "\\u3164\\ufe0f\\U000e0041", "␦␦␦"),
        ("\ue000\U0010ffff", "\\ue000\\U0010ffff", "␦␦"),
    ]
)
def test_what_a_terminal_would_obey_or_nobody_would_see_is_spelled_out_or_painted(
    typed: str, spelled: str, painted: str
):
    assert (escape_hidden(typed), show_as_pictures(typed)) == (spelled, painted)


@given(ANYTHING)
def test_what_is_shown_can_always_be_printed_and_seen(typed: str):
    for shown, kept in (
        (escape_hidden(typed), "\n\t"),
        (escape_line(typed), ""),
        (show_as_pictures(typed), "\n"),
        (show_on_one_line(typed), ""),
    ):
        assert not any(is_hidden(character) for character in shown if character not in kept)
        shown.encode()


@given(ANYTHING)
@pytest.mark.parametrize(
    "render", [escape_hidden, escape_line, show_as_pictures, show_on_one_line, escape_json]
)
def test_what_is_harmless_stays_as_it_is_and_making_it_so_twice_changes_nothing(
    render: Callable[[str], str], typed: str
):
    assert render(render(typed)) == render(typed)
    if is_harmless(typed) and not {"\n", "\t"} & set(typed):
        assert render(typed) == typed


@given(ANYTHING)
def test_a_json_document_says_the_same_with_its_hidden_characters_as_escapes(typed: str):
    shown = escape_json(json.dumps([typed], ensure_ascii=False))
    assert (
        json.loads(shown) == [typed]
        if not any("\ud800" <= c <= "\udfff" for c in typed)
        else shown.isprintable()
    )
    assert is_harmless(shown)


def test_on_one_line_a_name_cannot_begin_another():
    assert escape_line("a\nanna: 100\t\x1b[1m") == "a\\nanna: 100\\t\\x1b[1m"


def test_every_picture_takes_the_place_of_one_character():
    hidden = [chr(code) for code in range(0x110000) if is_hidden(chr(code))]
    assert all(len(show_on_one_line(character)) == 1 for character in hidden)


@given(ANYTHING)
def test_a_text_of_whole_characters_is_read_by_whoever_reads_json(typed: str):
    held = escape_surrogates(typed)
    assert msgspec.json.decode(json.dumps(held)) == held
    assert held == typed or any("\ud800" <= character <= "\udfff" for character in typed)
