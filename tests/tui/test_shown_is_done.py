"""What is shown is what is done: in forms, menus, lists of names, filters and the palette, whatever was typed, pasted or clicked.

A play is a seed. `HYPOTHESIS_PROFILE=thorough .venv/bin/pytest tests/tui/test_shown_is_done.py -n auto` plays all thousand.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random  # noqa: TID251  # its seed is an argument

import pytest
from textual.content import Content
from textual.geometry import Offset
from textual.widget import Widget
from textual.widgets import Input, Static

from coffeeshop.account.model import Call
from coffeeshop.lessons.scenario.find import number
from coffeeshop.tui.screens.base import PlayScreen
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.enrol import EnrolScreen
from coffeeshop.tui.screens.form import FieldInput, FieldRow, FormDialog
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.widgets.json_area import JsonArea
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.text import command_of, command_on_one_line
from coffeeshop.views.things.dialog import choice_name
from tests.examples import choose_cases
from tests.tui.driver import Person, person, text_of

pytestmark = pytest.mark.slow

SCENARIOS = ("05", "06", "10", "11", "15", "20", "22", "26")
SIZES = ((80, 24), (80, 24), (120, 40), (60, 20))
TRIES = 4  # to find a form that asks for something
MOVES = (
    "up",
    "down",
    "down",
    "down",
    "home",
    "end",
    "left",
    "right",
    "backspace",
    "delete",
    "ctrl+u",
    "ctrl+k",
)
WORDS = (
    "s",
    "a",
    "A",
    "S3",
    "ca",
    "adm",
    "rec",
    "read",
    " ",
    "zz",
    "é",
    "iam:",
    "policy/",
    "[/]",
)


def painted_mark(rows: RowList) -> str:
    """The row of a list that the mark stands before, as it is painted; "" where none is."""
    lines = (rows.render_line(y).text for y in range(rows.size.height))
    return next((line[1:].strip() for line in lines if line.startswith("▸")), "")


def titled(pane: Widget) -> str:
    """What stands in the frame of a pane."""
    return Content.from_markup(str(pane.border_title or "")).plain


def command(ui: Person) -> str:
    """What the `$` line of a form says."""
    return text_of(ui.app.screen.query_one("#preview", Static)).removeprefix("$ ")


def fields(ui: Person) -> list[FieldInput]:
    return list(ui.app.screen.query(FieldInput).results(FieldInput))


async def fiddle(ui: Person, chance: Random, names: tuple[str, ...]) -> None:
    """Types, pastes, presses, clicks or resizes once."""
    name = chance.choice(names or WORDS)
    part = name[chance.randrange(max(len(name), 1)) :][: chance.randint(1, 6)]
    typing = isinstance(ui.app.focused, Input)  # elsewhere letters are commands
    match chance.randrange(14) if typing else 11:
        case 0 | 1 | 2:
            await ui.type(chance.choice([*WORDS, part, part.upper()]).replace("\n", ""))
        case 12 | 13:
            await ui.press("ctrl+u")
            await ui.type(part[:2] or "a")
            await ui.press(" ".join(["down"] * chance.randint(1, 3)))
        case 3:
            await ui.paste(chance.choice([part, name, f" {name}", f"{name}\n", "x" * 300]))
        case 4:
            width, height = chance.choice(SIZES)
            await ui.resize(width, height)
        case 5 | 6:
            await click(ui, chance)
        case 7:
            await ui.press(chance.choice(["tab", "shift+tab"]))
        case _:
            for _ in range(chance.randint(1, 4)):
                await ui.press(chance.choice(MOVES))


async def click(ui: Person, chance: Random) -> None:
    """Clicks somewhere on a field or on what stands below it; in a list the click would choose at once."""
    spots = [
        row.region
        for row in ui.app.screen.query(FieldRow).results(FieldRow)
        if row.region.area
    ]
    if spots:
        spot = chance.choice(spots)
        at = Offset(
            spot.x + chance.randrange(spot.width), spot.y + chance.randrange(spot.height)
        )
        if ui.app.screen.region.contains_point(at):
            await ui.pilot.click(offset=at)
            await ui.pilot.pause()


# ------------------------------------------------------------------ forms
async def open_form(ui: Person, chance: Random) -> bool:
    """Goes to some thing, and through its menu to the form of some deed; whether there is one."""
    while not isinstance(ui.app.screen, PlayScreen):
        await ui.press("escape")
    if chance.random() < 0.15:
        await ui.press("1 s end" + " up" * chance.randrange(4))
        await ui.press("enter")
        return isinstance(ui.app.screen, FormDialog)
    await ui.press(chance.choice("2223"))
    await ui.press(
        " ".join(["right"] * chance.randrange(3) + ["down"] * chance.randrange(4)) or "home"
    )
    await ui.press(chance.choice(["enter", "a", "a", "a", "n", "k"]))
    if isinstance(ui.app.screen, PickDialog):
        await ui.press(" ".join(["down"] * chance.randrange(6)) or "home")
        row = painted_mark(ui.app.screen.query_one(RowList))
        await ui.press("enter")
        if isinstance(ui.app.screen, FormDialog):
            assert ui.app.screen.form.action.say in row, (
                "the menu does the row that is marked"
            )
    return isinstance(ui.app.screen, FormDialog) and bool(fields(ui))


def holds_together(ui: Person) -> None:
    """Whatever the form shows of a value is in its command."""
    words = shlex.split(command(ui))
    for row in ui.app.screen.query(FieldRow).results(FieldRow):
        field = row.input
        below = text_of(row.below).splitlines() if row.below.display else []
        marks = [
            line.removeprefix("▸ ").split("  ")[0] for line in below if line.startswith("▸")
        ]
        if not field.field.secret and (
            not field.has_focus or field.value in field.field.choices
        ):
            assert not field.value or field.value in words, (
                "what a field says is in the command"
            )
        marked = [
            option for option in field.field.choices if marks and names(marks[0], option)
        ]
        assert not marks or set(marked) & set(words), "what is marked is in the command"
        if field.value in field.field.choices and field.has_focus:
            assert not marks or field.value in marked, "what is marked is in the field"


def names(mark: str, option: str) -> bool:
    """Whether a mark is before an option, whose name may be cut in the middle."""
    head, _, tail = mark.partition("…")
    return choice_name(option).startswith(head) and choice_name(option).endswith(tail)


async def play_form(ui: Person, chance: Random) -> None:
    for _ in range(TRIES):
        if await open_form(ui, chance):
            break
    else:
        return
    for _ in range(chance.randint(1, 9)):
        focused = ui.app.focused
        names = focused.field.choices if isinstance(focused, FieldInput) else ()
        await fiddle(ui, chance, names)
        holds_together(ui)
    acts, shown = len(ui.play.acts), command(ui)
    await ui.press("enter")
    if len(ui.play.acts) > acts:
        done = command_on_one_line(command_of(ui.play.acts[-1].call))
        assert "@phone" in shown or done == shown
    elif isinstance(screen := ui.app.screen, EditorScreen):
        draft = screen.draft
        assert (
            command_on_one_line(
                command_of(Call(draft.service, draft.operation, draft.parameters))
            )
            == shown
        )
    else:
        assert isinstance(ui.app.screen, FormDialog | EnrolScreen), ui.screen
    if isinstance(ui.app.screen, FormDialog) and ui.app.screen.form.action.again is False:
        holds_together(ui)
        assert all(field.value == field.choice.value for field in fields(ui)), (
            "what was refused is shown"
        )


# ------------------------------------------------------- lists that are narrowed
async def narrow(ui: Person, chance: Random, names: tuple[str, ...]) -> str:
    """Fiddles with a list that is open; the row that is marked then."""
    for _ in range(chance.randint(1, 6)):
        await fiddle(ui, chance, names)
    return painted_mark(ui.app.screen.query_one("#picks", RowList))


async def play_names(ui: Person, chance: Random) -> None:
    """What F9 proposes: the row that is marked goes into the text."""
    await ui.press("escape 3" + " down" * chance.randrange(4))
    await ui.press("enter" + " down" * chance.randrange(9))
    await ui.press("f9")
    if not isinstance(dialog := ui.app.screen, PickDialog):
        return
    row = await narrow(ui, chance, tuple(id for id, _ in dialog.rows))
    await ui.press("enter")
    if row:
        area = ui.app.screen.query_one(JsonArea)
        assert row.endswith("…") or f'"{row}"' in area.text
    else:
        assert ui.app.screen is dialog, "nothing is chosen of nothing"


async def play_palette(ui: Person, chance: Random) -> None:
    """Who is marked in the palette stands under the cursor then; which scenario is, is opened."""
    await ui.press("escape full_stop")
    await ui.type(chance.choice(["users", "groups", "polic", "play", "roles"]))
    row = await narrow(ui, chance, WORDS)
    await ui.press("enter")
    await ui.pilot.pause()
    if "Users: " in row or "Groups: " in row or "Roles: " in row:
        under = painted_mark(ui.app.screen.query_one("#list", RowList))
        assert under.split()[0] == row.split()[0]
    elif row.startswith("Play "):
        assert row.endswith(ui.play.scenario.id)


async def play_filter(ui: Person, chance: Random) -> None:
    """The menu that comes up in a list that was narrowed is that of the row that is marked."""
    await ui.press(f"escape 2{' right' * chance.randrange(3)} slash")
    for _ in range(chance.randint(1, 5)):
        await fiddle(ui, chance, ("ada", "bo", "Admins", "no group", "robin"))
    rows = ui.app.screen.query_one("#list", RowList)
    rows.focus()
    await ui.press(" ".join(["down"] * chance.randrange(3)) or "home")
    row = painted_mark(rows)
    await ui.press("enter")
    if isinstance(dialog := ui.app.screen, PickDialog):
        head, _, tail = row.split()[0].partition("…")
        title = titled(dialog.query_one(".box"))
        assert title.startswith(head)
        assert tail in title
    else:
        assert not rows.chosen_id


async def play_shelf(ui: Person, chance: Random) -> None:
    """The cup whose story is told is the one that is opened."""
    await ui.press("escape escape escape slash")
    for _ in range(chance.randint(1, 5)):
        await fiddle(ui, chance, ("10", "receipts drawer", "mfa", "Cashiers"))
    if isinstance(ui.app.focused, Input):
        await ui.press("enter")
    if told := titled(ui.app.screen.query_one("#cup")):
        await ui.press("enter")
        assert number(ui.play.scenario.id) == told.split()[0]


KINDS: tuple[Callable[[Person, Random], Awaitable[None]], ...] = (
    *[play_form] * 6, play_names, play_palette, play_filter, play_shelf,
)  # fmt: skip


@pytest.mark.parametrize("seed", choose_cases(range(5, 10), range(1000)))
async def test_what_is_shown_is_what_is_done(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    async with person(tmp_path, chance.choice(SCENARIOS), chance.choice(SIZES)) as ui:
        await KINDS[seed % len(KINDS)](ui, chance)
