"""Text measured and cut by the cells that a terminal gives it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from wcwidth import wcwidth

from coffeeshop.harmless import is_hidden, show_on_one_line
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.views.cells import (
    ONE_CELL_CHARACTERS,
    cut,
    fit,
    recognisable_width,
    shorten_names,
    shorten_text,
    whole,
    width,
)
from tests.tables import each_row

TEXT = st.text(st.characters()) | st.text("aé漢コ e\u0301☕\u0e33🇩🇪🏽👩…\u200d\ufe0f")
CELLS = st.integers(0, 40)


def test_the_shop_draws_with_characters_of_one_cell():
    assert {wcwidth(character) for character in ONE_CELL_CHARACTERS} == {1}


def test_the_texts_of_the_course_need_no_unicode_tables() -> None:
    files = [path for folder in folders() for path in folder.iterdir()]
    texts = [path.read_text("utf-8") for path in files if path.suffix in (".toml", ".md")]
    assert texts
    assert {*"".join(texts)} - ONE_CELL_CHARACTERS == {"\n"}


@each_row(
    [
        ("", 0),
        ("casey", 5),
        ("✓ ok…", 5),
        ("コーヒー", 8),
        ("e\u0301", 1),
        ("☕", 2),
        ("🇩🇪", 2),
        ("\x1b[1m", 4),
        ("a\nb", 3),
    ]
)
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, cells: int):
    assert width(text) == cells


def test_textual_gives_a_character_the_same_cells():
    """But for a letter of a flag and a tone of skin that stand alone, which no terminal shows alike."""
    apart = {chr(code) for code in (*range(0x1F1E6, 0x1F200), *range(0x1F3FB, 0x1F400))}
    shown = (chr(code) for code in range(0x110000) if not is_hidden(chr(code)))
    assert {
        character for character in shown if width(character) != cell_len(character)
    } == apart


@given(TEXT, CELLS)
def test_what_is_cut_is_never_wider_and_what_is_fitted_exactly_as_wide_as_asked(
    text: str, cells: int
):
    assert width(fit(text, cells)) == cells
    for shown in (cut(text, cells), whole(text, cells), shorten_text(text, cells)):
        assert width(shown) <= cells
        if width(text) <= cells:
            assert shown == show_on_one_line(text)


def test_text_is_cut_by_cells_and_made_harmless():
    assert [cut("コーヒー", cells) for cells in (8, 7, 5, 1, 0)] == [
        "コーヒー",
        "コーヒ…",
        "コー…",
        "…",
        "",
    ]
    assert cut("\x1b[31mred\u202e", 20) == "␛[31mred␦"
    assert [fit("é", 3), fit("e\u0301", 3), fit("コ", 3)] == ["é  ", "e\u0301  ", "コ "]


def test_a_name_is_shortened_in_its_middle_and_an_accent_stays_on_its_letter():
    assert [shorten_text("InventorySpecialists", cells) for cells in (20, 11, 5, 2)] == [
        "InventorySpecialists",
        "Inven…lists",
        "In…ts",
        "I…",
    ]
    assert shorten_text("xxxxxxxxe\u0301y", 5) == "xx…e\u0301y"


def test_a_sentence_is_cut_between_two_words():
    assert [whole("Casey lists, then reads", cells) for cells in (23, 17, 12, 3)] == [
        "Casey lists, then reads",
        "Casey lists…",
        "Casey…",
        "Ca…",
    ]
    assert whole("a \x1b", 9) == "a ␛"


def test_a_very_long_text_is_cut_in_one_pass():
    assert cut("漢" * 200_000, 5) == "漢漢…"


NAME = st.text("ab-", min_size=1, max_size=64)
PATTERNS = (
    "{}-in-front-of-the-counter",
    "behind-the-counter-{}",
    "in-front-{}-of-the-counter",
    "{0}" * 20,
)


@given(
    st.sets(NAME | st.builds(str.format, st.sampled_from(PATTERNS), NAME)),
    st.integers(8, 40),
)
def test_no_two_names_of_a_list_are_shown_alike(names: set[str], cells: int):
    shown = shorten_names(names, cells)
    assert len(set(shown)) == len(names) == len(shown)
    for name, text in zip(names, shown, strict=True):
        assert width(text) <= cells
        if width(name) <= cells:
            assert text == name


@each_row(product(PATTERNS, range(8, 40)))
def test_a_number_tells_names_apart_wherever_it_is_in_them(pattern: str, cells: int):
    names = [pattern.format(f"{number:03}") for number in range(300)]
    assert len(set(shorten_names(names, cells))) == 300


def test_a_name_is_shortened_so_that_both_of_its_ends_are_seen():
    names = (
        "AWSDOC-EXAMPLE-BUCKET",
        "coffeeshop-receipts",
        "espresso-role",
        "OrdersExport",
    )
    assert shorten_names(names, 10) == (
        "AWS…BUCKET",
        "c…receipts",
        "espre…role",
        "Orde…xport",
    )
    assert shorten_names(("AWSReservedSSO_Administrators_7f3a",), 20) == (
        "AWSReserv…ators_7f3a",
    )


@each_row(
    product(
        [
            "444455556666",
            "account 444455556666",
            "account/444455556666/role/Courier",
            "arn:aws:iam::444455556666:role/Courier",
        ],
        range(12, 40),
    )
)
def test_an_account_s_number_is_never_cut_where_there_is_room_for_it(name: str, cells: int):
    for shown in (shorten_text(name, cells), *shorten_names([name], cells)):
        assert "444455556666" in shown
        assert width(shown) <= cells


@pytest.mark.parametrize("name", ["coffeeshop-receipts", "espresso-role", "a-b", "x" * 40])
def test_a_heading_of_the_least_width_tells_both_ends(name: str):
    (shown,) = shorten_names([name], recognisable_width(name))
    assert shown == name or len(shown.partition("…")[0]) >= 3
    assert shown[-1] == name[-1]
