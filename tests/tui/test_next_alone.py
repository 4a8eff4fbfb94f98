"""Whoever reads nothing but Next, takes what forms and lists begin with, and types the names that it says, comes to three stars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.tui.screens.badge import BadgeDialog
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.enrol import EnrolScreen
from coffeeshop.tui.screens.form import FieldInput, FormDialog
from coffeeshop.tui.screens.question import QuestionDialog
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.widgets.json_area import JsonArea
from coffeeshop.tui.widgets.phone import Phone
from coffeeshop.views.step import Step
from tests.examples import some
from tests.tui.driver import Person, person
from tests.tui.test_next_pressed import PRESSED, chosen, keys, said

pytestmark = pytest.mark.slow

STEPS = 40
NAMES = {
    "GroupName": "Cashiers",
    "PolicyName": "receipts",
}  # what the brief calls it, or whatever one likes


async def fill(ui: Person, step: Step) -> None:
    """Takes what the form begins with, types what Next names, else a name; as often as it comes up."""
    while isinstance(form := ui.app.screen, FormDialog):
        empty = [
            field for field in form.query(FieldInput).results(FieldInput) if not field.value
        ]
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
    if isinstance(ui.app.screen, QuestionDialog):
        await ui.press(ui.app.screen.question.key)
    if isinstance(ui.app.screen, FormDialog):
        await fill(ui, step)
    if isinstance(ui.app.screen, EditorScreen):
        await write(ui)
    elif isinstance(ui.app.screen, EnrolScreen):
        await enrol(ui)
    await ui.rest()


async def to_three_stars(ui: Person) -> None:
    """Does what Next says until all stars are there."""
    told = list[str]()
    while not ui.app.has_won and len(told) < STEPS:
        told.append(f"{said(ui).text} {said(ui).key} {said(ui).does}")
        await go_on(ui)
    assert ui.app.has_won, "\n".join(told)


@pytest.mark.parametrize(
    "name", ["00", *some(["01", "02", "03", "04", "05", "06", "10", "11"], 1)]
)
async def test_whoever_reads_next_alone_comes_to_three_stars(
    tmp_path: Path, name: str
) -> None:
    async with person(tmp_path, name) as ui:
        await ui.press("escape")
        await to_three_stars(ui)
        refused = [
            outcome.act.call.operation
            for outcome in ui.play.outcomes
            if not outcome.has_succeeded
        ]
        assert not refused, "what Next led to was refused"


@pytest.mark.parametrize(
    "actions", [["dynamodb:GetItem"], ["dynamodb:GetItem", "dynamodb:UpdateItem"]]
)
async def test_whoever_gave_somebody_alone_what_a_group_gives_is_led_on_by_next(
    tmp_path: Path, actions: list[str]
) -> None:
    table = "arn:aws:dynamodb:us-east-1:111122223333:table/Inventory"
    stock = {"Effect": "Allow", "Action": actions, "Resource": table}
    document = json.dumps({"Version": "2012-10-17", "Statement": [stock]})
    async with person(tmp_path, "11") as ui:
        arn = "arn:aws:iam::111122223333:policy/temp-fix"
        ui.app.run_line(
            f"aws iam create-policy-version --set-as-default --policy-arn {arn} --policy-document '{document}'"
        )
        await ui.press("escape")
        await to_three_stars(ui)
