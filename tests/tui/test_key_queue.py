"""Keys wait in their order, and of a flood the rest is dropped and told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random  # noqa: TID251  # letters, the same ones each time

import pytest
from textual.events import Key, MouseMove, Paste
from textual.widgets import Input

from coffeeshop.key_reader import LONGEST_PASTE, KeyReader
from coffeeshop.tui import key_queue
from coffeeshop.tui.key_queue import MAX_TYPED, MAX_WAITING
from tests.examples import some
from tests.tui.driver import Person, person


def told(ui: Person) -> str:
    """The notes over the screen."""
    return " ".join(f"{note.title}: {note.message}" for note in ui.app._notifications)  # pyright: ignore[reportPrivateUsage]  # no public door


async def test_what_a_person_types_in_a_second_is_never_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_queue, "FLOOD_SECONDS", 0.0)
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon")
        for _ in range(MAX_TYPED):
            ui.app.keys.put(Key("a", "a"))
        await ui.heard()
        assert "a" * MAX_TYPED in ui.app.screen.query_one("Prompt").value  # pyright: ignore[reportAttributeAccessIssue]
        assert not told(ui)


async def test_of_more_keys_than_anyone_types_the_rest_is_dropped_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_queue, "FLOOD_SECONDS", 0.0)
    async with person(tmp_path, "05", floor=True) as ui:
        for _ in range(MAX_TYPED + 1):
            ui.app.keys.put(Key("b", "b"))
        await ui.heard()
        await ui.pilot.pause()
        assert f"{MAX_TYPED + 1} keys came faster than anyone types" in told(ui)


async def test_where_no_more_keys_can_wait_there_is_room_again_when_all_were_heard(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05") as ui:
        keys = ui.app.keys
        assert keys.room == MAX_WAITING
        for _ in range(MAX_WAITING):
            keys.put(Key("f12", None))
        assert keys.room == 0
        keys.count_lost_keys(7)
        keys._waiting_messages.pop()  # pyright: ignore[reportPrivateUsage]  # as if one was heard
        assert keys.room == 0
        await ui.heard()
        await ui.pilot.pause()
        assert keys.room == MAX_WAITING
        assert "7 keys" in told(ui) or "keys came faster" in told(ui)


@pytest.mark.parametrize("letter", "bf")
async def test_escape_and_a_letter_in_one_read_are_two_keys_outside_of_a_text(
    tmp_path: Path, letter: str
) -> None:
    async with person(tmp_path / "paced", "05") as ui:
        await ui.press("escape y")
        await ui.press(f"escape {letter}")
        paced = ui.where, await ui.see_at_rest()
    async with person(tmp_path / "burst", "05") as ui:
        await ui.press("escape y")
        for message in KeyReader().feed(f"\x1b{letter}"):
            ui.app.keys.put(message)
        await ui.heard()
        assert (ui.where, await ui.see_at_rest()) == paced


async def test_option_and_an_arrow_move_by_a_word_in_a_text(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        await ui.type("lee lou")
        field = ui.app.screen.query_one(Input)
        for sent, position in (("\x1bb", 4), ("\x1bb", 0), ("\x1bf", 4)):
            for message in KeyReader().feed(sent):
                ui.app.keys.put(message)
            await ui.heard()
            assert (ui.where, field.cursor_position) == ("FormDialog", position)


async def test_a_paste_that_is_too_long_is_refused_and_told(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon")
        ui.app.post_message(Paste("x" * (LONGEST_PASTE + 1)))
        await asyncio.sleep(0)
        await ui.heard()
        await ui.pilot.pause()
        assert "Nothing was pasted: You can paste at most 65,536 characters" in told(ui)
        assert "xx" not in ui.screen


async def test_of_moves_of_the_mouse_that_wait_the_last_is_heard(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        for x in (1, 2, 3):
            ui.app.keys.put(MouseMove(None, x, 1, 0, 0, 0, False, False, False))
        assert ui.app.keys.waiting == 1


async def test_a_screen_that_never_rests_keeps_no_key_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_queue, "MAX_LOOP_TURNS", 50)
    async with person(tmp_path, "05", floor=True) as ui:
        spinning = asyncio.create_task(_spin())
        ui.hit("2")
        while ui.where != "PeopleScreen":
            await asyncio.sleep(0.001)
        spinning.cancel()


async def _spin() -> None:
    while True:
        await asyncio.sleep(0)


# The keys that lead to a text field, where a word is typed then.
TEXT_FIELDS = (
    "2 n",
    "colon",
    "full_stop",
    "2 slash",
    "f3",
)
LETTERS = "acdegklmnrtuwxyzDNUWY"


async def _state_after(
    ui: Person, field_keys: str, letter: str, at_once: bool
) -> tuple[str, str | None]:
    """Press Escape and a letter in a text. Return the screen, and the text if its field is still there."""
    await ui.go_back()
    await ui.press(field_keys)
    await ui.type("lee")
    field = ui.app.screen.query_one(Input)
    if at_once:
        for message in KeyReader().feed(f"\x1b{letter}"):
            ui.app.keys.put(message)
        await ui.heard()
    else:
        await ui.press(f"escape {letter}")
    assert ui.calls == []
    return ui.where, field.value if ui.app.screen.focused is field else None


@pytest.mark.parametrize("field_keys", some(TEXT_FIELDS, 2))
async def test_escape_and_a_letter_in_a_text_type_nothing_and_run_nothing(
    tmp_path: Path, field_keys: str
) -> None:
    chance = Random(field_keys)
    letters = ("b", "f", *chance.sample(LETTERS, 2))
    states: dict[bool, list[tuple[str, str | None]]] = {True: [], False: []}
    for at_once, ends in states.items():
        async with person(tmp_path / str(at_once), "05") as ui:
            for letter in letters:
                ends.append(await _state_after(ui, field_keys, letter, at_once))
    for letter, burst, paced in zip(letters, states[True], states[False], strict=True):
        assert burst[1] in (None, "lee", "")
        assert paced[1] in (None, "lee", "")
        if letter in "bf":  # Option and an arrow: the field stays
            assert burst[1] == "lee"
        else:
            assert burst == paced
