"""Textual's keys are named without Python's table of Unicode names, and as that table names them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from textual import keys

from coffeeshop.tui.key_names import KEY_CHARACTERS, UNNAMED_KEYS, KeyNames, use_key_names


def answer(ask: Callable[[str], str], text: str) -> str | type[Exception]:
    """What a function answers, or the kind of its error."""
    try:
        return ask(text)
    except (KeyError, ValueError) as error:
        return type(error)


def test_keys_are_named_as_in_the_table_of_unicode() -> None:
    for character in map(chr, range(0x250)):
        named = answer(KeyNames.name, character)
        assert named == answer(unicodedata.name, character), repr(character)
    for name in {*KEY_CHARACTERS, *UNNAMED_KEYS, "LATIN SMALL LETTER A WITH ACUTE", "no"}:
        assert answer(KeyNames.lookup, name) == answer(unicodedata.lookup, name), name


def test_textual_asks_it() -> None:
    use_key_names()
    keys.key_to_character.cache_clear()
    assert vars(keys)["unicodedata"] is KeyNames
    assert keys.key_to_character("question_mark") == "?"
    assert keys.key_to_character("f1") is None
