"""Whoever reads nothing but Next, takes what forms and lists begin with, and types the names that it says, comes to three stars."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.tui.screens.badge import BadgeDialog
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.enrol import EnrolScreen
from coffeeshop.tui.screens.form import FieldInput, FormDialog
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.widgets.json_area import JsonArea
from coffeeshop.tui.widgets.phone import Phone
from coffeeshop.views.step import Step
from tests.tui.driver import Person, person
from tests.tui.test_next_pressed import PRESSED, chosen, keys, said

pytestmark = pytest.mark.slow

STEPS = 40
NAMES = {"GroupName": "Cashiers", "PolicyName": "receipts"}  # what the brief calls it, or whatever one likes


async def fill(ui: Person, step: Step) -> None:
    """Takes what the form begins with, types what Next names, else a name; as often as it comes up."""
    while isinstance(form := ui.app.screen, FormDialog):
        empty = [field for field in form.query(FieldInput).results(FieldInput) if not field.value]
        for field in empty:
            field.focus()
            name = field.field.member.name
            await ui.type(step.values.get(name) or NAMES[name])
        await ui.press("enter")


async def write(ui: Person) -> None:
    """Fills the blanks of a policy, else those of one more statement, with what F9 proposes first."""
    if ui.app.screen.query_one(JsonArea).blank is None:
        await ui.press("f4")
    await ui.press("f9 enter f9 enter f2")


async def enrol(ui: Person) -> None:
    """Types one code of the phone, and then its next one."""
    for key in ("p", "enter"):
        await ui.type(ui.app.screen.query_one(Phone).code)
        await ui.press(key)


async def press(ui: Person, step: Step) -> None:
    """Presses the keys that Next says, one after the other, as far as lists and menus go."""
    for key in keys(step):
        if isinstance(ui.app.screen, ThingsScreen) and said(ui).key == "↑↓":
            await chosen(ui)
        await ui.press(PRESSED.get(key, key))


async def go_on(ui: Person) -> None:
    """Does the one thing that Next says."""
    step = said(ui)
    await press(ui, step)
    if isinstance(ui.app.screen, BadgeDialog):
        await ui.press("enter")
    if isinstance(ui.app.screen, FormDialog):
        await fill(ui, step)
    if isinstance(ui.app.screen, EditorScreen):
        await write(ui)
    elif isinstance(ui.app.screen, EnrolScreen):
        await enrol(ui)
    await ui.rest()


@pytest.mark.parametrize("name", ["00", "01", "02", "03", "04", "05", "06", "10", "11"])
async def test_whoever_reads_next_alone_comes_to_three_stars(tmp_path: Path, name: str) -> None:
    async with person(tmp_path, name) as ui:
        await ui.press("escape")
        told = list[str]()
        while not ui.app.won and len(told) < STEPS:
            told.append(f"{said(ui).text} {said(ui).key} {said(ui).does}")
            await go_on(ui)
        assert ui.app.won, "\n".join(told)
        refused = [outcome.act.call.operation for outcome in ui.play.outcomes if not outcome.allowed]
        assert not refused, "what Next led to was refused"
