"""What a terminal's encoding doesn't have is written in plain characters."""

from __future__ import annotations

from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

import coffeeshop
from coffeeshop.characters import CELL_ERRORS, TEXT_ERRORS

ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "koi8-r")
KINDS = {".py", ".md", ".toml", ".tcss", ".json"}


def written(text: str, encoding: str, errors: str) -> str:
    """What a terminal of that encoding shows of a text."""
    stream = TextIOWrapper(BytesIO(), encoding=encoding, errors=errors)
    stream.write(text)
    stream.seek(0)
    return stream.read()


def our_characters() -> str:
    """Every character that stands in the program or its scenarios."""
    files = (
        path for path in Path(coffeeshop.__file__).parent.rglob("*") if path.suffix in KINDS
    )
    return "".join(
        sorted(
            {
                each
                for path in files
                for each in path.read_text("utf-8")
                if not each.isascii()
            }
        )
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("errors", [TEXT_ERRORS, CELL_ERRORS])
def test_every_character_of_ours_has_a_plain_one(encoding: str, errors: str):
    shown = {each: written(each, encoding, errors) for each in our_characters()}
    assert len(shown) > 40
    assert [
        each
        for each, as_ in shown.items()
        if as_ == "?" or "\\u" in as_ or "\\x" in as_ or not as_
    ] == []


def test_marks_stay_apart():
    shown = [written(mark, "ascii", TEXT_ERRORS) for mark in "✓✗▲◆·"]
    assert shown == ["ok", "x", "++", "!!", "."]
    assert written("★★☆ rece… “a” – é", "ascii", TEXT_ERRORS) == '**- rece... "a" - e'


def test_what_an_encoding_has_is_written_as_it_is():
    assert written("é… ★", "cp1252", TEXT_ERRORS) == "é… *"


def test_on_a_painted_screen_each_takes_one_cell():
    assert written("╭─…─╮★⏎", "ascii", CELL_ERRORS) == "+-.-+*E"


def test_what_nobody_has_a_plain_character_for_is_an_escape():
    assert written("日", "ascii", TEXT_ERRORS) == "\\u65e5"
