"""Each key that the row of keys shows does something, whichever pane has the cursor."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random  # noqa: TID251  # its seed is an argument

import pytest

from coffeeshop.tui.keys import SHOWN_KEYS
from coffeeshop.tui.screens.base import show_in_key_row
from coffeeshop.tui.widgets.bars import KeyRow
from tests.examples import choose_cases
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow

SCREENS = {  # by the keys that lead there from the shop
    "users": "2", "groups": "2 right", "roles": "2 right right", "providers": "2 left", "keys": "3 right", "policies": "3", "access": "4 right", "why": "y", "tickets": "r",
    "grade": "g", "hint": "c", "brief": "b", "badge": "s", "help": "question_mark", "words": "W", "settings": "comma",
    "shop": "1", "day": "5", "menu": "2 down enter", "form": "2 down a enter", "palette": "full_stop",
}  # fmt: skip
ARROWS = {
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
}
ALONE = {
    "⏎": "enter",
    "esc": "escape",
    "PgUp": "pageup",
    "PgDn": "pagedown",
    **{word: name for name, word in SHOWN_KEYS.items()},
}
PANES = 5
IDLE = {  # what may do nothing, and when
    ("access", "enter"): "where nothing is allowed there is no decision to show",
    ("grade", "n"): "it says that it waits for three stars",
    ("words", "type"): "it is no key: one types",
}


def presses(shown: str) -> list[str]:
    """The keys behind what the row shows: "↑↓" are up and down, of which one may be at its end."""
    if shown in ALONE:
        return [ALONE[shown]]
    if re.fullmatch(r"F\d+", shown):
        return [shown.lower()]
    if all(sign in ARROWS or sign == " " for sign in shown):
        return [ARROWS[sign] for sign in shown if sign != " "]
    return (
        [key for part in shown.split() for key in presses(part)]
        if " " in shown
        else [shown]
    )


def seen(ui: Person) -> tuple[object, ...]:
    """What a key could change."""
    screen, focused = ui.app.screen, ui.app.focused
    cursor = getattr(focused, "cursor_location", None)
    place = (id(focused), focused.scroll_offset, cursor) if focused else None
    return (
        ui.screen,
        id(screen),
        place,
        ui.app.settings,
        len(ui.play.acts),
        ui.app.clipboard,
    )


async def reach(ui: Person, keys: str, tabs: int) -> str:
    """Goes to a screen from wherever one is, and by tab to one of its panes; its id."""
    while ui.where != "ShopScreen":
        await ui.press("enter" if ui.where == "HomeScreen" else "escape")
    if not ui.play.acts:  # else u would do nothing
        ui.app.run_line("aws iam create-group --group-name Cashiers")
    await ui.press(keys)
    await ui.rest()
    for _ in range(tabs):
        await ui.press("tab")
    return (ui.app.focused.id or "") if ui.app.focused else ""


async def list_panes(ui: Person, name: str) -> dict[str, int]:
    """Return the panes of a screen, each with how often tab leads on to it."""
    pane = await reach(ui, SCREENS[name], 0)
    panes = {pane: 0}
    for tabs in range(1, PANES):
        await ui.press("tab")
        panes.setdefault((ui.app.focused.id or "") if ui.app.focused else "", tabs)
    return panes


@pytest.mark.parametrize("name", choose_cases(["users", "form"], SCREENS))
async def test_each_key_that_the_row_shows_does_something_in_every_pane(
    tmp_path: Path, name: str
) -> None:
    async with person(tmp_path, "10") as ui:
        panes = await list_panes(ui, name)
        for pane, tabs in panes.items():
            await reach(ui, SCREENS[name], tabs)
            row = ui.app.screen.query_one(KeyRow)
            painted = row.render().plain
            for shown, word in [key for key in row.keys if f"{key[0]} {key[1]}" in painted]:
                works = [await does(ui, name, tabs, key) for key in presses(shown)]
                assert any(works) or (name, presses(shown)[0]) in IDLE, (
                    f"{shown} {word} in {pane or name}"
                )


WALKED = ("10", "20", "26", "05", "25")  # the scenario of a walk, by its seed
STEPS = 30  # keys of a walk
SHOWN_ALREADY = {  # by screen and key: what may be there already, as after the same key
    ("GradeScreen", "c"): "the last hint",
    ("HintScreen", "c"): "the last hint",
    ("EditorScreen", "F2"): "that AWS refuses this text",
    ("ConsoleScreen", "tab"): "the words that fit",
    ("FormDialog", "⏎"): "what is still needed",
    ("EditorScreen", "F8"): "the cursor at the only problem",
}


@pytest.mark.parametrize("seed", choose_cases([3], range(30)))
async def test_whoever_follows_only_the_rows_of_keys_meets_no_key_without_effect(
    tmp_path: Path, seed: int
) -> None:
    chance = Random(seed)
    scenario = WALKED[seed % len(WALKED)]
    async with person(tmp_path, scenario, floor=True) as ui:
        pressed = list[str]()
        for _ in range(STEPS):
            await ui.rest()
            shown, word = chance.choice(painted_keys(ui))
            ways = ["enter enter"] if shown == "⏎⏎" else presses(shown)
            before = seen(ui)
            for keys in chance.sample(ways, len(ways)):
                await ui.press(keys)
                pressed.append(keys)
                if seen(ui) != before:
                    break
            said = ui.app.foot_message[0] if ui.app.foot_message else ""
            has_effect = seen(ui) != before and "does nothing" not in said
            where = f"{shown} {word} on {ui.where} of {scenario}"
            is_repeated = (ui.where, shown) in SHOWN_ALREADY
            assert has_effect or is_repeated or may_be_at_an_end(shown), (
                f"{where}: {' '.join(pressed)}"
            )
            if ui.where == "HomeScreen" or not ui.app.is_running:
                break


def painted_keys(ui: Person) -> list[tuple[str, str]]:
    """The keys that the row shows at this moment, each with its word. What is typed is no key, and ^q ends the walk."""
    row = ui.app.screen.query(KeyRow).last(KeyRow)
    painted = row.render().plain
    keys = [key for key in row.keys if f"{key[0]} {key[1]}" in painted]
    return [key for key in keys if key[0] not in ("type", "^q")]


def may_be_at_an_end(shown: str) -> bool:
    """Whether these keys move a cursor, which may be at the only row of a list."""
    return shown == "PgUp PgDn" or all(sign in "↑↓←→ " for sign in shown)


async def does(ui: Person, name: str, tabs: int, key: str) -> bool:
    """Whether a key changes anything there, other than that it is said to do nothing."""
    await reach(ui, SCREENS[name], tabs)
    before = seen(ui)
    await ui.press(key)
    said = ui.app.foot_message[0] if ui.app.foot_message else ""
    return seen(ui) != before and "nothing" not in said


async def test_keys_that_change_while_words_stand_over_them_are_shown_afterwards(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        row = ui.app.screen.query_one(KeyRow)
        with show_in_key_row(ui.app, "opening …"):
            row.show((("esc", "Show all"),))
            assert row.render().plain.strip() == "opening …"
        assert row.render().plain == "esc Show all"
