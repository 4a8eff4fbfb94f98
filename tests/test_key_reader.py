"""Bytes become keys however they are cut, and no amount of them keeps the app busy or fills its memory."""

from __future__ import annotations

from itertools import pairwise
from typing import SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste
from textual.message import Message

from coffeeshop.key_reader import LONGEST_PASTE, KeyReader
from tests.tables import each_row

SENT = {
    "\x1b2": ["escape", "2"],  # Textual takes it for ™
    "\x1bd": ["escape", "d"],
    "\x1b2nd": ["escape", "2", "n", "d"],
    "\x1b2\x1b": ["escape", "2", "escape"],
    "\x1b\x1b": ["escape", "escape"],
    "\x1b\x1b[A": ["escape", "up"],
    f"\x1b{'x' * 40}": ["escape", *"x" * 40],
    "\x1b[A\x1b[5~\x1bOP\x1b[Z": ["up", "pageup", "f1", "shift+tab"],
    "\x1b[99zq": ["q"],  # a sequence that nobody knows
    "\x1bb": [
        "ctrl+left"
    ],  # Option and an arrow on a Mac, alone: the queue may take it apart
    "2\x1bb": ["2", "escape", "b"],
}


def names(messages: list[Message]) -> list[str]:
    """The keys, and what was pasted."""
    return [
        one.key if isinstance(one, Key) else f"<{one.text}>"
        for one in messages
        if isinstance(one, Key | Paste)
    ]


def read(*pieces: str) -> list[str]:
    """What is read of the pieces; at last nothing more comes."""
    reader = KeyReader()
    found = [message for piece in pieces for message in reader.feed(piece)]
    reader._rest_deadline = 0.0
    return names([*found, *reader.tick()])


@each_row(SENT.items())
def test_escape_and_the_next_key_in_one_read_are_two_keys(sent: str, keys: list[str]):
    assert read(sent) == keys


WORDS = (
    "a",
    "\r",
    "\x1b[A",
    "\x1b[5~",
    "\x1bOP",
    "\x1b[1;5C",
    "\x1b[97;5u",
    "\x1b[200~ab\x1b[201~",
    "\x1b[<0;3;4M",
    "ü",
)


@given(st.lists(st.sampled_from(WORDS), min_size=1), st.data())
def test_bytes_cut_anywhere_are_the_same_keys(words: list[str], data: st.DataObject):
    sent = "".join(words)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(sent) - 1, 1)))))
    pieces = [sent[a:b] for a, b in pairwise([0, *cuts, len(sent)]) if a < b]
    assert read(*pieces) == read(sent)


def test_a_sequence_whose_rest_never_comes_types_nothing():
    assert read("\x1b[1;") == []
    assert read("\x1b[") == ["escape", "left_square_bracket"]


def test_escapes_inside_a_paste_are_text():
    assert read("\x1b[200~a\x1b2\x1b[Ab\x1b[201~c") == ["<a\x1b2\x1b[Ab>", "c"]


class Full:
    """Room for a few keys."""

    def __init__(self, room: int) -> None:
        self.room, self.spilled = room, 0

    def put(self, message: Message) -> None:
        raise AssertionError("a driver puts")

    def count_lost_keys(self, count: int) -> None:
        self.spilled += count


@pytest.mark.parametrize("size", [1, 100, 1024, 10**6], ids=lambda size: f"reads of {size}")
def test_keys_for_which_there_is_no_room_are_counted_and_not_read(size: int):
    keys, sent = Full(3), ("x\x1b[A" * 1000)
    reader, found = KeyReader(key_buffer=keys), list[Message]()
    for at in range(0, len(sent), size):
        for message in reader.feed(sent[at : at + size]):
            found.append(message)
            keys.room -= 1
    assert names(found) == ["x", "up", "x"]
    assert keys.spilled == 1997


@pytest.mark.parametrize("size", [1000, 10**7], ids=lambda size: f"reads of {size}")
def test_of_a_paste_without_end_no_more_is_kept_than_tells_that_it_is_too_long(size: int):
    reader, sent = KeyReader(), "\x1b[200~" + "x" * 10 * LONGEST_PASTE + "\x1b[201~q"
    (pasted, key) = [
        one for at in range(0, len(sent), size) for one in reader.feed(sent[at : at + size])
    ]
    assert isinstance(pasted, Paste)
    assert LONGEST_PASTE < len(pasted.text) < 2 * LONGEST_PASTE + 2
    assert names([key]) == ["q"]


class Copied(str):
    """A text that counts the characters which are copied out of it."""

    copied = 0

    def __radd__(self, before: str) -> Copied:
        return Copied(str(before) + str(self))

    def __getitem__(self, place: SupportsIndex | slice) -> str:
        part = super().__getitem__(place)
        Copied.copied += len(part)
        return part


@pytest.mark.parametrize(
    "unit",
    ["\x1b[Ax", "\x1bx", "x\x1b", "\x1b[1;", "\x1b[200~a\x1b[201~x", "\x1bO", "xx"],
)
def test_a_long_read_of_any_keys_is_copied_a_few_times_and_not_once_for_each_key(unit: str):
    keys, sent = Full(0), Copied(unit * 4000)
    Copied.copied = 0
    assert [*KeyReader(key_buffer=keys).feed(sent)] == []
    assert Copied.copied <= 3 * len(sent)
